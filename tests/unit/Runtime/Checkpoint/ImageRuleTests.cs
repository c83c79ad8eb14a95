using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using OciSpec;
using Runtime.Checkpoint;
using Runtime.Namespaces.Resolution;

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
        Expect("would be made or emptied", () => FileImages.Check(Image, Files(f => f.Message(3, r => r.Number(2, 0x201))), Rules()));
        Expect("fanotify needs CAP_SYS_ADMIN", () => FileImages.Check(Image, Files(f => f.Message(14, _ => { })), Rules()));
        Expect("an unknown kind", () => FileImages.Check(Image, Files(f => f.Message(99, _ => { })), Rules()));
        Expect("no absolute path", () => FileImages.Check(Image, Files(f => f.Message(16, s => s.Bytes(11, Encoding.ASCII.GetBytes("/run/../../x\0")))), Rules()));
        Expect(null, () => FileImages.Check(Image, Files(f => f.Message(16, s => s.Bytes(11, [0, (byte)'x']))), Rules()));
    }

    [Fact]
    public void What_is_watched_is_named_by_a_path()
    {
        Action<ProtobufWriter> path = h => h.Text(4, "/etc"), handle = h => h.Number(1, 8), above = h => h.Text(4, "/../etc");
        Expect(null, () => FileImages.Check(Image, Files(f => f.Message(13, i => i.Message(5, w => w.Message(7, path)))), Rules()));
        Expect("watches a file by a handle", () => FileImages.Check(Image, Files(f => f.Message(13, i => i.Message(5, w => w.Message(7, handle)))), Rules()));
        Expect("watches a file by a handle", () => FileImages.Check(Image, Files(f => f.Message(13, i => i.Message(5, w => w.Number(2, 9)))), Rules()));
        Expect("no absolute path", () => FileImages.Check(Image, Files(f => f.Message(13, i => i.Message(5, w => w.Message(7, above)))), Rules()));
        ImageRules admin = Rules(c => c.Process!.Capabilities = new() { Bounding = ["CAP_SYS_ADMIN"] });
        Expect(null, () => FileImages.Check(Image, Files(f => f.Message(14, i => i.Message(6, m => Mark(m, path)))), admin));
        Expect("watches a file by a handle", () => FileImages.Check(Image, Files(f => f.Message(14, i => i.Message(6, m => Mark(m, handle)))), admin));
        Expect("of an unknown kind", () => FileImages.Check(Image, Files(f => f.Message(14, i => i.Message(6, m => m.Number(2, 3)))), admin));

        static void Mark(ProtobufWriter mark, Action<ProtobufWriter> handle)
        {
            mark.Number(2, 1);
            mark.Message(7, i => i.Message(2, handle));
        }
    }

    [Theory]
    [InlineData(null, "/proc/1/status")]
    [InlineData(null, "/proc/1/fd")]
    [InlineData(null, "/proc/1/task/2/fd")]
    [InlineData(null, "/proc/sys/root/fd/x")]
    [InlineData(null, "/etc/file")]
    [InlineData(null, "/srv/1/root/file")]
    [InlineData(null, "/dev/null")]
    [InlineData("", "/proc/self/fd/121/1/root/etc/shadow")]
    [InlineData("", "/proc/thread-self/fd/7")]
    [InlineData("", "/proc/1/fd/121/1/root/etc/shadow")]
    [InlineData("", "/proc/1/task/2/fd/3")]
    [InlineData("", "/proc/1/root/etc")]
    [InlineData("", "/proc/1/exe")]
    [InlineData("", "/mnt/p/fd/3")]
    [InlineData("", "/etc/link/121/x")]
    [InlineData("", "/etc/link")]
    [InlineData("", "/data/link/x")]
    [InlineData("", "/dev/fd/121/x")]
    [InlineData("", "/dev/deep/er/x")]
    public void A_path_that_leads_through_a_link_is_none_of_an_open_file(string? refused, string path)
    {
        using var root = new TemporaryDirectory();
        Directory.CreateDirectory(Path.Combine(root.Path, "etc"));
        File.CreateSymbolicLink(Path.Combine(root.Path, "etc/link"), "/proc/self/fd");
        Directory.CreateDirectory(Path.Combine(root.Path, "data"));
        File.CreateSymbolicLink(Path.Combine(root.Path, "data/link"), "/proc/self/fd");
        ImageRules rules = Rules();
        rules.TakePath(Image, path);
        rules.Links.AddRange([("tmpfs-dev-42.tar.gz.img", "fd"), ("tmpfs-7.tar.gz.img", "deep/er")]);
        byte[][] mounts = [Mounted(1, "/proc"), Mounted(1, "/mnt/p", "/1"), Mounted(5, "/dev", device: 42, number: 7), Mounted(0, "/data", key: "known"), Mounted(0, "/")];
        Expect(refused is null ? null : "leads through a link", () => ImagePaths.Check(
            new Dictionary<string, byte[]> { ["mountpoints-13.img"] = ImageRecords.Write(ImageKind.MountsMagic, mounts) },
            rules,
            root.Path,
            [new ExternalMount("known", Path.Combine(root.Path, "data"), false)]));

        static byte[] Mounted(uint type, string point, string inside = "/", string? key = null, uint device = 1, uint number = 1)
        {
            var mount = new ProtobufWriter();
            mount.Number(1, type);
            mount.Number(2, number);
            mount.Number(3, device);
            mount.Text(6, inside);
            mount.Text(7, point);
            mount.Text(18, key);
            return mount.ToArray();
        }
    }

    [Fact]
    public void Links_of_an_archive_are_noted_by_their_whole_names()
    {
        string deep = string.Join('/', Enumerable.Repeat("directory", 20)) + "/link";
        var bytes = new MemoryStream();
        using (var zipped = new GZipStream(bytes, CompressionMode.Compress, leaveOpen: true))
        using (var tar = new TarWriter(zipped, leaveOpen: true))
        {
            tar.WriteEntry(new GnuTarEntry(TarEntryType.SymbolicLink, "./fd") { LinkName = "/proc/self/fd" });
            tar.WriteEntry(new GnuTarEntry(TarEntryType.SymbolicLink, "./" + deep) { LinkName = "/proc/self/fd" });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, deep) { LinkName = "/x" });
            tar.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, string.Join('/', Enumerable.Repeat("directory", 12)) + "/link") { LinkName = "/x" });
        }

        bytes.Position = 0;
        ImageRules rules = Rules();
        TmpfsArchive.Check(Image, bytes, rules);
        Assert.Equal(["fd", deep, deep, string.Join('/', Enumerable.Repeat("directory", 12)) + "/link"], rules.Links.ConvertAll(l => l.Name));
    }

    [Fact]
    public void Both_ends_of_a_veth_are_in_the_images_or_named_by_criu_s_config_file()
    {
        const string Outside = "the other end of the veth eth0 is not in the images";
        Expect(null, () => Devices(Device(1, 1, "lo")));
        Expect(null, () => Devices(Device(2, 7, "eth0", peer: 8, number: 10), Device(2, 8, "eth1", peer: 7, number: 10)));
        Expect(Outside, () => Devices(Device(2, 7, "eth0")));
        Expect(Outside, () => Devices(Device(2, 7, "eth0", peer: 7, number: 10)));
        Expect(Outside, () => Devices(Device(2, 7, "eth0", peer: 8, number: 10), Device(1, 8, "lo", peer: 7, number: 10)));
        Expect(Outside, () => Devices(Device(2, 7, "eth0", peer: 8, number: 6), Device(2, 8, "eth1", peer: 7, number: 10)));
        Expect("x is of an unknown kind (9)", () => Devices(Device(9, 7, "x")));

        string file = Path.GetTempFileName();
        File.WriteAllText(file, "# external veth[no]:x\nexternal veth[eth0]:host0@br0\nexternal mnt[x]:y\n");
        List<string> external = NetDeviceImages.External(file);
        File.Delete(file);
        Assert.Equal(["eth0"], external);
        NetDeviceImages.Check(new Dictionary<string, byte[]> { ["netdev-10.img"] = ImageRecords.Write(0x57373951, [Device(2, 7, "eth0")]) }, external);
        Assert.Empty(NetDeviceImages.External(null));
    }

    [Fact]
    public void Every_thread_has_the_configurations_filter_in_its_chain()
    {
        const string Without = "core-1.img: /linux/seccomp: the config's filter is not among those";
        SeccompFilter filter = new([new() { code = 6, k = 0x50001 }], 0);
        byte[] own = [6, 0, 0, 0, 1, 0, 5, 0], other = [6, 0, 0, 0, 0, 0, 0xff, 0x7f];
        Expect(null, () => SeccompImage.Check(Filters(0, (own, null, 1)), filter));
        Expect(null, () => SeccompImage.Check(Filters(1, (own, null, 2), (other, 0, 1)), filter));
        Expect(Without, () => SeccompImage.Check(Filters(1, (own, null, 1), (other, null, 1)), filter));
        Expect(Without, () => SeccompImage.Check(Filters(0, (other, 0, 1), (own, null, 1)), filter));
        Expect(Without, () => SeccompImage.Check(Filters(7, (own, null, 1)), filter));
        Expect(Without, () => SeccompImage.Check(Filters(null, (own, null, 1)), filter));
        Expect(Without, () => SeccompImage.Check(Filters(0, ([.. own, .. own], null, 1)), filter));
        Expect("/linux/seccomp/flags: a filter has flags", () => SeccompImage.Check(Filters(0, (own, null, 4)), filter));
    }

    [Theory]
    [InlineData(null, 0x21b6u, 0x103u)]
    [InlineData(null, 0x81a4u, 0u)]
    [InlineData("is the device 8:0", 0x61b6u, 0x800u)]
    [InlineData("is the device 1:1", 0x21b6u, 0x101u)]
    [InlineData("is a symlink", 0xa1ffu, 0u)]
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

    private static byte[] Device(uint kind, uint index, string name, uint? peer = null, uint? number = null)
    {
        var device = new ProtobufWriter();
        device.Number(1, kind);
        device.Number(2, index);
        device.Text(5, name);
        if (peer is uint at && number is uint space)
        {
            device.Number(12, at);
            device.Number(13, space);
        }

        return device.ToArray();
    }

    private static void Devices(params byte[][] devices) =>
        NetDeviceImages.Check(new Dictionary<string, byte[]> { ["netdev-10.img"] = ImageRecords.Write(0x57373951, devices) }, []);

    private static Dictionary<string, byte[]> Filters(uint? last, params (byte[] Program, uint? Before, uint Flags)[] filters)
    {
        var all = new ProtobufWriter();
        foreach ((byte[] program, uint? before, uint flags) in filters)
        {
            all.Message(1, f =>
            {
                f.Bytes(1, program);
                if (before is uint at)
                {
                    f.Number(2, at);
                }

                f.Number(3, flags);
            });
        }

        var core = new ProtobufWriter();
        core.Message(3, t => t.Number(1, 1));
        core.Message(5, t =>
        {
            t.Number(11, 2);
            if (last is uint at)
            {
                t.Number(12, at);
            }
        });
        return new() { ["seccomp.img"] = ImageRecords.Write(0x64413049, [all.ToArray()]), ["core-1.img"] = ImageRecords.Write(ImageKind.CoreMagic, [core.ToArray()]) };
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
