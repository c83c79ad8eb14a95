using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using OciSpec;
using Runtime.Checkpoint;

namespace Unit.Tests.Checkpoint;

/// <summary>What images say is compared with the configuration before criu has them.</summary>
public sealed class ImageRuleTests
{
    private const string Image = "x.img";

    [Theory]
    [InlineData(null, null)]
    [InlineData("userns-14.img: /linux/uidMappings: it maps 0 0 65536", "0 0 65536")]
    [InlineData("userns-14.img: /linux/uidMappings: it maps 0 100000 65536, 65536 0 1", "0 100000 65536,65536 0 1")]
    [InlineData("userns-14.img: /linux/uidMappings: it maps ", "")]
    public void A_user_namespace_maps_what_the_configuration_does(string? refused, string? map)
    {
        Dictionary<string, byte[]> images = Namespaces(14, map ?? "0 100000 65536");
        Expect(refused, () => NamespaceImages.Check(images, Rules(c => UserNamespace(c))));
    }

    [Fact]
    public void A_namespace_that_the_configuration_makes_is_not_criu_s_own_and_one_that_it_does_not_make_is()
    {
        Expect("ids-1.img: /linux/namespaces: it is in no user namespace of its own", () => NamespaceImages.Check(Namespaces(6, ""), Rules(c => UserNamespace(c))));
        Expect("ids-1.img: /linux/namespaces: it is in a user namespace of its own", () => NamespaceImages.Check(Namespaces(14, ""), Rules()));
        Dictionary<string, byte[]> images = Namespaces(6, "");
        NamespaceImages.Check(images, Rules());
        images.Remove("ids-1.img");
        Expect("ids-1.img: it is missing", () => NamespaceImages.Check(images, Rules()));
    }

    [Fact]
    public void A_mount_is_a_fresh_one_or_one_that_the_configuration_has_a_key_for()
    {
        Assert.Equal("nsdelegate", Options(Mount(23, "/sys/fs/cgroup", options: "release_agent=/x")));
        Assert.Equal("size=1k", Options(Mount(5, "/tmp", options: "size=1k")));
        Assert.Equal("", Options(Mount(17, "/", options: "lowerdir=/etc")));
        Assert.Equal("", Options(Mount(16, "/data", key: "known", options: "x")));
        Expect("bears the key \"/etc\"", () => Options(Mount(0, "/data", key: "/etc")));
        Expect("number 12 of criu's", () => Options(Mount(12, "/sys/fs/cgroup", options: "release_agent=/x")));
        Expect("number 16 of criu's", () => Options(Mount(16, "/data")));
        Expect("no absolute path", () => Options(Mount(5, "/../tmp")));
        Expect("no absolute path", () => Options(Mount(1, "/proc/x", root: "/../etc")));
        Expect("a plugin", () => Options(Mount(5, "/tmp", plugin: true)));
    }

    [Fact]
    public void A_file_that_reaches_beyond_the_guest_needs_the_capability_for_it()
    {
        Expect(null, () => FileImages.Check(Image, Files(f => f.Message(3, r => r.Text(6, "/etc/passwd"))), Rules()));
        Expect(null, () => FileImages.Check(Image, Files(f => f.Message(3, r => r.Text(6, "file[1a:2]"))), Rules()));
        Expect("\"/../etc/passwd\" is no absolute path", () => FileImages.Check(Image, Files(f => f.Message(3, r => r.Text(6, "/../etc/passwd"))), Rules()));
        Expect("a packet socket needs CAP_NET_RAW", () => FileImages.Check(Image, Files(f => f.Message(6, _ => { })), Rules()));
        Expect("a raw socket needs CAP_NET_RAW", () => FileImages.Check(Image, Files(f => f.Message(4, s => s.Number(4, 3))), Rules()));
        Expect(null, () => FileImages.Check(Image, Files(f => f.Message(4, s => s.Number(7, 80))), Rules()));
        Expect("port 80 of a network", () => FileImages.Check(Image, Files(f => f.Message(4, s => s.Number(7, 80))), Rules(c => c.Linux!.Namespaces!.RemoveAll(n => n.Type == "network"))));
        Expect("fanotify needs CAP_SYS_ADMIN", () => FileImages.Check(Image, Files(f => f.Message(14, _ => { })), Rules()));
        Expect("an unknown kind", () => FileImages.Check(Image, Files(f => f.Message(99, _ => { })), Rules()));
        Expect("no absolute path", () => FileImages.Check(Image, Files(f => f.Message(16, s => s.Bytes(11, Encoding.ASCII.GetBytes("/run/../../x\0")))), Rules()));
        Expect(null, () => FileImages.Check(Image, Files(f => f.Message(16, s => s.Bytes(11, [0, (byte)'x']))), Rules()));
    }

    [Theory]
    [InlineData(null, 0x21b6u, 0x103u)]
    [InlineData(null, 0x81a4u, 0u)]
    [InlineData("is the device 8:0", 0x61b6u, 0x800u)]
    [InlineData("is the device 1:1", 0x21b6u, 0x101u)]
    public void A_file_without_a_name_is_no_device_of_the_hosts(string? refused, uint mode, uint device)
    {
        var ghost = new ProtobufWriter();
        ghost.Number(3, mode);
        ghost.Number(6, device);
        Expect(refused, () => FileImages.CheckGhost(Image, ImageRecords.Write(0x52583605, [ghost.ToArray()]), Rules()));
    }

    [Fact]
    public void What_goes_to_other_programs_says_no_more_than_what_a_network_is_like()
    {
        Expect(null, () => Network("iptables-1.img", "# x\n*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT\nCOMMIT\n"));
        Expect("the word -M/tmp/x", () => Network("iptables-1.img", "*filter\n-A INPUT -M/tmp/x -j y\nCOMMIT\n"));
        Expect("the word --modprobe=/tmp/x", () => Network("iptables-1.img", "*filter\n-A INPUT --mod\"probe=/tmp/x\" -j y\nCOMMIT\n"));
        Expect("a line that is no rule", () => Network("ip6tables-1.img", "*filter\n-M /tmp/x\nCOMMIT\n"));
        Expect(null, () => Network("nftables-1.img", "table ip filter {\n chain includes { }\n}\n"));
        Expect("the word include", () => Network("nftables-1.img", "table ip x { }; include \"/etc/shadow\"\n"));
        byte[] message = new byte[24];
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(4), 20);
        message[8] = 24;
        Expect(null, () => NetworkImages.Check("route-1.img", ImageKind.Of("route-1.img")!, message));
        message[8] = 16; // RTM_NEWLINK
        Expect("not of this kind", () => NetworkImages.Check("route-1.img", ImageKind.Of("route-1.img")!, message));
    }

    [Fact]
    public void An_archive_has_names_inside_and_devices_of_the_guest_alone()
    {
        Expect(null, () => Archive(new GnuTarEntry(TarEntryType.RegularFile, "./" + new string('x', 150)), new GnuTarEntry(TarEntryType.SymbolicLink, "./core") { LinkName = "/proc/kcore" }, Device("./null", 1, 3)));
        Expect("\"../x\" leads out of it", () => Archive(new GnuTarEntry(TarEntryType.RegularFile, "../x")));
        Expect("leads out of it", () => Archive(new GnuTarEntry(TarEntryType.RegularFile, "../" + new string('x', 150))));
        Expect("leads out of it", () => Archive(new PaxTarEntry(TarEntryType.RegularFile, "../" + new string('x', 150))));
        Expect("leads out of it", () => Archive(new GnuTarEntry(TarEntryType.HardLink, "./x") { LinkName = "../../etc/shadow" }));
        Expect("./sda is the device 1:1", () => Archive(Device("./sda", 1, 1)));
        Expect("is no archive", () => TmpfsArchive.Check(Image, new MemoryStream([1, 2, 3, 4]), Rules()));
    }

    private static GnuTarEntry Device(string name, int major, int minor) => new(TarEntryType.CharacterDevice, name) { DeviceMajor = major, DeviceMinor = minor };

    private static void Archive(params TarEntry[] entries)
    {
        var bytes = new MemoryStream();
        using (var zipped = new GZipStream(bytes, CompressionMode.Compress, leaveOpen: true))
        using (var tar = new TarWriter(zipped, leaveOpen: true))
        {
            Array.ForEach(entries, tar.WriteEntry);
        }

        bytes.Position = 0;
        TmpfsArchive.Check(Image, bytes, Rules());
    }

    private static void Network(string name, string text) => NetworkImages.Check(name, ImageKind.Of(name)!, Encoding.ASCII.GetBytes(text));

    private static byte[] Files(Action<ProtobufWriter> write)
    {
        var file = new ProtobufWriter();
        write(file);
        return ImageRecords.Write(ImageKind.FilesMagic, [file.ToArray()]);
    }

    private static byte[] Mount(uint type, string point, string root = "/", string options = "", string? key = null, bool plugin = false)
    {
        var mount = new ProtobufWriter();
        mount.Number(1, type);
        mount.Text(6, root);
        mount.Text(7, point);
        mount.Text(9, options);
        mount.Flag(12, plugin);
        mount.Text(18, key);
        return ImageRecords.Write(ImageKind.MountsMagic, [mount.ToArray()]);
    }

    private static string? Options(byte[] image) =>
        new ImageMessage(Image, ImageRecords.Read(Image, MountImage.Rewrite(Image, image, Rules()), ImageKind.MountsMagic).Single()).Text(9);

    /// <summary>criu's own namespaces are 1 to 7; the task's are 11 to 17, but for the user namespace.</summary>
    private static Dictionary<string, byte[]> Namespaces(uint user, string map)
    {
        static void Ids(ProtobufWriter ids, uint first, uint user)
        {
            for (int field = 5; field <= 11; field++)
            {
                ids.Number(field, field == 10 ? user : first + field - 4);
            }
        }

        var inventory = new ProtobufWriter();
        inventory.Message(3, w => Ids(w, 0, 6));
        var tree = new ProtobufWriter();
        tree.Number(1, 1);
        var task = new ProtobufWriter();
        Ids(task, 10, user);
        var users = new ProtobufWriter();
        foreach (string line in map.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            uint[] numbers = [.. line.Split(' ').Select(uint.Parse)];
            for (int field = 1; field <= 2; field++)
            {
                users.Message(field, w =>
                {
                    w.Number(1, numbers[0]);
                    w.Number(2, numbers[1]);
                    w.Number(3, numbers[2]);
                });
            }
        }

        return new()
        {
            ["inventory.img"] = ImageRecords.Write(ImageKind.InventoryMagic, [inventory.ToArray()])[4..],
            ["pstree.img"] = ImageRecords.Write(0x50273030, [tree.ToArray()]),
            ["ids-1.img"] = ImageRecords.Write(0x54432030, [task.ToArray()]),
            ["userns-14.img"] = ImageRecords.Write(0x55474906, [users.ToArray()]),
        };
    }

    private static ImageRules Rules(Action<RuntimeConfig>? change = null)
    {
        var config = new RuntimeConfig
        {
            Process = new(),
            Linux = new() { Namespaces = [.. ((string[])["pid", "network", "ipc", "uts", "mount", "cgroup"]).Select(t => new LinuxNamespace { Type = t })] },
        };
        change?.Invoke(config);
        return new ImageRules(config, ["known"], "nsdelegate");
    }

    private static void UserNamespace(RuntimeConfig config)
    {
        config.Linux!.Namespaces!.Add(new() { Type = "user" });
        config.Linux.UidMappings = [new() { ContainerID = 0, HostID = 100000, Size = 65536 }];
        config.Linux.GidMappings = [new() { ContainerID = 0, HostID = 100000, Size = 65536 }];
    }

    private static void Expect(string? refused, Action check)
    {
        string? message = Record.Exception(check) switch { null => null, ImageException e => e.Message, var other => other.ToString() };
        Assert.True(refused is null ? message is null : message?.Contains(refused, StringComparison.Ordinal) == true, $"expected {refused ?? "nothing"}: {message ?? "nothing"}");
    }
}
