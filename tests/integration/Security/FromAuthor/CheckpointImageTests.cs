using System.Formats.Tar;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Integration.Tests.Checkpoint;
using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>
/// Images that somebody changed, restored under the configuration that they were made with. criu does what they say with
/// the host's rights: each is refused, nothing of the host is changed, and nothing is left. Numbers of fields are those of
/// criu's images/*.proto.
/// </summary>
[VmOnly]
public sealed class CheckpointImageTests : IClassFixture<CheckpointImageTests.Dumped>, IDisposable
{
    private readonly Dumped _dumped;
    private readonly TempDir _host = new();

    public CheckpointImageTests(Dumped dumped)
    {
        _dumped = dumped;
        _host.WriteFile("file", "of the host");
    }

    /// <summary>An attack's name, what the message says, and what is done to the images.</summary>
    private Dictionary<string, (string Message, Action<string> Attack)> Attacks() => new()
    {
        ["cgroup directory"] = ("cgroup.img: \"[^\"]+\" is no cgroup", f => Cgroup(f, d => d.Set(1, $"../../../../../../../..{_host["made"]}"))),
        ["cgroup directory below"] = ("cgroup.img: \"[^\"]+\" is no cgroup below another", f => Cgroup(f, d => d.In(2, c => c.Set(1, $"../../../../../../../..{_host["made"]}")))),
        ["cgroup property"] = ("cgroup.img: \"[^\"]+\" is no file of a cgroup", f => Cgroup(f, d => d.In(2, c => c.Set(1, "x").In(3, p => p.Set(1, $"../../../../../../../..{_host["file"]}").Set(2, "taken"))))),
        ["user"] = ("/process/user/uid: restored process [0-9]+: it runs as 0 0 0 0, not as 1000", f => Credentials(f, c => c.Set(1, 0).Set(3, 0).Set(5, 0).Set(7, 0))),
        ["saved user"] = ("/process/user/uid: restored process [0-9]+: it runs as 1000 1000 0 1000, not as 1000", f => Credentials(f, c => c.Set(5, 0))),
        ["group"] = ("/process/user/gid: restored process [0-9]+: it runs as 0 0 0 0, not as 1000", f => Credentials(f, c => c.Set(2, 0).Set(4, 0).Set(6, 0).Set(8, 0))),
        ["groups"] = ("/process/user/additionalGids: restored process [0-9]+: it has the groups 0$", f => Credentials(f, c => c.Set(14, 0))),
        ["securebits"] = ("core-1.img: /process/capabilities: securebits 2f need CAP_SETPCAP", f => Credentials(f, c => c.Set(13, 0x2f))),
        ["limit"] = ("/process/rlimits: restored process [0-9]+: RLIMIT_NOFILE is 4096", f => Task(f, t => t.In(8, l => l.In(1, n => n.Set(1, 4096).Set(2, 4096), index: 7)))),
        ["score"] = ("/process/oomScoreAdj: restored process [0-9]+: its score is -1000", f => Task(f, t => t.Set(14, -1000))),
        ["policy"] = ("/process/scheduler: restored process [0-9]+: its policy is 1", f => Thread(f, t => t.Set(4, 1).Set(5, 10))),
        ["filter"] = ("core-1.img: /linux/seccomp: the config's filter is not among those", f => Thread(f, t => t.Set(11, 0))),
        ["another filter"] = ("core-1.img: /linux/seccomp: the config's filter is not among those", f => ImageEditor.Change(f, "seccomp.img", i => i.Records[0].Each(1, s => s.Set(1, "\u0006\0\0\0\0\0\u007f\u007f")))),
        ["listener"] = ("seccomp.img: /linux/seccomp/flags", f => ImageEditor.Change(f, "seccomp.img", i => i.Records[0].Each(1, s => s.Set(3, 8)))),
        ["device of the host's network"] = ("netdev-[0-9]+.img: /linux/namespaces: the other end of the veth eth7 is not in the images", f => ImageEditor.Change(f, "netdev-*.img", i => i.Records.Add(new ImageNode().Set(1, 2).Set(2, 7).Set(3, 1500).Set(4, 4098).Set(5, "eth7")))),
        ["file's handle"] = ("files.img: it watches a file by a handle", f => ImageEditor.Change(f, "files.img", i => i.Records.Add(Watch()))),
        ["capabilities"] = ("/process/capabilities: restored process [0-9]+: CapBnd has more", f => Credentials(f, c => c.Set(12, 0xffffffff).Add(12, 0x1ff))),
        ["mount namespace"] = ("ids-1.img: /linux/namespaces: it is in no mount namespace of its own", f => ImageEditor.Change(f, "ids-1.img", i => i.Records[0].Set(9, 6))),
        ["kernel's helper"] = ("mountpoints-[0-9]+.img: /mounts: /dev/shm shows a filesystem \\(number 12 of criu's\\)", f => Mount(f, "/dev/shm", m => m.Set(1, 12).Set(9, "release_agent=/tmp/x"))),
        ["host's path as a key"] = ("mountpoints-[0-9]+.img: /mounts: /dev/shm bears the key \"/etc\"", f => Mount(f, "/dev/shm", m => m.Set(18, "/etc"))),
        ["mount elsewhere"] = ("mountpoints-[0-9]+.img: \"/dev/../../etc\" is no absolute path", f => Mount(f, "/dev/shm", m => m.Set(7, "/dev/../../etc"))),
        ["open mask"] = ("/linux/maskedPaths/[0-9]+: restored process [0-9]+: /proc/kcore is not masked", f => Mount(f, "/proc/kcore", m => m.Set(7, "/proc/version"))),
        ["writable parameters"] = ("/linux/readonlyPaths/[0-9]+: restored process [0-9]+: /proc/sys can be written to", f => Mount(f, "/proc/sys", m => m.Set(5, 0x200000))),
        ["open file"] = ("files.img: \"/../etc/shadow\" is no absolute path", f => ImageEditor.Change(f, "files.img", i => i.Records[1].In(3, r => r.Set(6, "/../etc/shadow")))),
        ["host by criu's descriptors"] = ("files.img: \"/proc/self/fd/121/1/root[^\"]+\" leads through a link", f => Opened(f, $"/proc/self/fd/121/1/root{_host["file"]}")),
        ["host by a link in an archive"] = ("files.img: \"/dev/shm/link/121/1/root[^\"]+\" leads through a link", f => LinkedOpened(f)),
        ["file that is emptied"] = ("files.img: a file would be made or emptied", f => ImageEditor.Change(f, "files.img", i => i.Records[1].In(3, r => r.Set(2, 0x201)))),
        ["interpreter"] = ("binfmt-misc.img: it is of a kind that is not restored", f => File.WriteAllText(Path.Combine(f, "binfmt-misc.img"), "")),
        ["policy of a module"] = ("apparmor.img: it is of a kind that is not restored", f => File.WriteAllText(Path.Combine(f, "apparmor.img"), "")),
        ["users without a namespace"] = ("userns-1.img: /linux/namespaces: it is of a user namespace that this configuration does not make", f => File.WriteAllText(Path.Combine(f, "userns-1.img"), "")),
        ["program for modules"] = ("iptables-[0-9]+.img: it has the word -M/tmp/x", f => Append(f, "iptables-*.img", "*filter\n-A INPUT -M/tmp/x -j x\nCOMMIT\n")),
        ["another file"] = ("nftables-[0-9]+.img: it has the word include", f => Append(f, "nftables-*.img", "include \"/etc/shadow\"\n")),
        ["device"] = ("tmpfs-dev-[0-9]+.tar.gz.img: ./disk is the device 8:0", f => Archive(f, new GnuTarEntry(TarEntryType.BlockDevice, "./disk") { DeviceMajor = 8, DeviceMinor = 0 })),
        ["file outside"] = ("tmpfs-dev-[0-9]+.tar.gz.img: \"../outside\" leads out of it", f => Archive(f, new GnuTarEntry(TarEntryType.RegularFile, "../outside"))),
        ["parent of another"] = ("parent images in \"../../[a-z]+\": they must lie beside", f => File.CreateSymbolicLink(Path.Combine(f, "parent"), "../../elsewhere")),
    };

    public static TheoryData<string> Names => [.. NamesOfAttacks()];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_a_changed_image_asks_for_is_refused(string attack)
    {
        (string message, Action<string> change) = Attacks()[attack];
        string parameter = File.ReadAllText("/proc/sys/kernel/core_pattern");
        string images = _dumped.Plain.Folder[Cctl.NewId()];
        Command.Run("cp", "-r", _dumped.Plain.Folder["images"], images).MustSucceed();
        change(images);
        Refused(_dumped.Plain, Path.GetFileName(images), message);
        Assert.Equal(("of the host", false), (File.ReadAllText(_host["file"]), Path.Exists(_host["made"])));
        Assert.Equal(parameter, File.ReadAllText("/proc/sys/kernel/core_pattern"));
    }

    [Theory]
    [InlineData(1, "/linux/uidMappings")]
    [InlineData(2, "/linux/gidMappings")]
    public void A_user_namespace_has_the_configurations_mappings(int field, string pointer)
    {
        string images = _dumped.Mapped.Folder[Cctl.NewId()];
        Command.Run("cp", "-r", _dumped.Mapped.Folder["images"], images).MustSucceed();
        ImageEditor.Change(images, "userns-*.img", i => i.Records[0].In(field, m => m.Set(2, 0)));
        Refused(_dumped.Mapped, Path.GetFileName(images), $"userns-[0-9]+.img: {pointer}: it maps 0 0 65536");
    }

    /// <summary>A link that comes into the root filesystem after the images were looked at: what it had criu open is found in the end.</summary>
    [Fact]
    public void A_file_of_the_hosts_is_found_whatever_way_it_was_opened()
    {
        CheckpointFixture test = _dumped.Plain;
        string images = test.Folder[Cctl.NewId()], link = Path.Combine(test.Bundle.Rootfs, "later"), copy = _host["program"];
        Command.Run("cp", "-r", test.Folder["images"], images).MustSucceed();
        Command.Run("cp", "-p", Path.Combine(test.Bundle.Rootfs, "bin/busybox"), copy).MustSucceed();
        ImageEditor.Change(images, "files.img", i => i.Records.ForEach(r => r.Each(3, f =>
        {
            if (f.Text(6) == "/bin/busybox")
            {
                f.Set(6, "/later/121/1/root" + copy);
            }
        })));
        test.Bundle.With(c => c.Hooks = new() { CreateRuntime = [new() { Path = "/bin/ln", Args = ["ln", "-s", "/proc/self/fd", link] }] });
        try
        {
            Refused(test, Path.GetFileName(images), "/process: restored process [0-9]+: [a-z_]+(/[0-9a-f-]+)? is [^ ]+, which is not on a mount of the guest's");
        }
        finally
        {
            test.Bundle.With(c => c.Hooks = null);
            File.Delete(link);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void As_they_were_they_are_restored_with_read_only_masks_and_the_restorers_audit_user(bool mapped)
    {
        CheckpointFixture test = mapped ? _dumped.Mapped : _dumped.Plain;
        string images = test.Folder[Cctl.NewId()];
        Command.Run("cp", "-r", test.Folder["images"], images).MustSucceed();
        Task(images, t => t.Set(13, 4242));
        Mount(images, "/proc/kcore", m => m.Set(5, 0x200000));
        Restore(test, Path.GetFileName(images)).MustSucceed();
        string pid = test.State("pid");
        Assert.Equal(File.ReadAllText("/proc/self/loginuid"), File.ReadAllText($"/proc/{pid}/loginuid"));
        Assert.All(File.ReadLines($"/proc/{pid}/mountinfo").Where(l => l.Contains("/null /proc/", StringComparison.Ordinal)), l => Assert.Contains(" ro,", l, StringComparison.Ordinal));
        Assert.Contains(mapped ? "Uid:\t100000\t" : "Uid:\t1000\t", File.ReadAllText($"/proc/{pid}/status"), StringComparison.Ordinal);
        test.Cctl.Run("delete", "--force", test.Id).MustSucceed();
    }

    public void Dispose() => _host.Dispose();

    private static string[] NamesOfAttacks()
    {
        using var tests = new CheckpointImageTests(null!);
        return [.. tests.Attacks().Keys];
    }

    private static void Refused(CheckpointFixture test, string images, string message)
    {
        CommandResult result = Restore(test, images);
        try
        {
            result.MustExit(1);
            Assert.True(Regex.IsMatch(result.Stderr, message.TrimEnd('$')), $"not {message}: {result.Stderr}");
            Assert.Single(result.Stderr.TrimEnd('\n').Split('\n'));
            Leftovers.AssertNone(test.Cctl.StateRoot, test.Id, test.Bundle.Path, message);
        }
        finally
        {
            test.Cctl.Run("delete", "--force", test.Id);
        }
    }

    private static CommandResult Restore(CheckpointFixture test, string images)
    {
        // criu opens a stream's file once more, in a user namespace as its root.
        File.WriteAllText(test.Folder["errors"], "");
        Command.Run("chmod", "a+rwX", test.Folder["errors"], test.Folder.Path).MustSucceed();
        return test.Restore(images);
    }

    private static void Cgroup(string folder, Action<ImageNode> change) => ImageEditor.Change(folder, "cgroup.img", i => i.Records[0].In(2, c => c.In(2, change)));

    private static void Task(string folder, Action<ImageNode> change) => ImageEditor.Change(folder, "core-1.img", i => i.Records[0].In(3, change));

    private static void Thread(string folder, Action<ImageNode> change) => ImageEditor.Change(folder, "core-1.img", i => i.Records[0].In(5, change));

    private static void Credentials(string folder, Action<ImageNode> change) => Thread(folder, t => t.In(10, change));

    private static void Mount(string folder, string point, Action<ImageNode> change) => ImageEditor.Change(folder, "mountpoints-*.img", i => change(i.Records.Single(r => r.Text(7) == point)));

    private static void Opened(string folder, string path) => ImageEditor.Change(folder, "files.img", i => i.Records[1].In(3, r => r.Set(6, path)));

    private void LinkedOpened(string folder)
    {
        uint device = 0;
        Mount(folder, "/dev/shm", m => device = (uint)m.Number(3));
        using (FileStream file = File.Create(Path.Combine(folder, $"tmpfs-dev-{device}.tar.gz.img")))
        using (var zipped = new GZipStream(file, CompressionMode.Compress))
        using (var tar = new TarWriter(zipped))
        {
            tar.WriteEntry(new GnuTarEntry(TarEntryType.SymbolicLink, "./link") { LinkName = "/proc/self/fd" });
        }

        Opened(folder, $"/dev/shm/link/121/1/root{_host["file"]}");
    }

    // An inotify descriptor that nobody has open: criu makes what is in the image of files only for who has it, and reads all of them.
    private static ImageNode Watch() => new ImageNode().Set(1, 8).Set(2, 4242).In(13, i => i.Set(1, 4242).Set(2, 0).In(4, o => o.Set(1, 0).Set(2, 0).Set(3, 0).Set(4, 0).Set(5, 0))
        .In(5, w => w.Set(1, 4242).Set(2, 2).Set(3, 4095).Set(4, 0).Set(5, 0).Set(6, 1).In(7, h => h.Set(1, 8).Set(2, 1).Set(3, 2))));

    private static void Append(string folder, string name, string text) => File.AppendAllText(Directory.GetFiles(folder, name).Single(), text);

    private static void Archive(string folder, TarEntry entry)
    {
        using FileStream file = File.Create(Directory.GetFiles(folder, "tmpfs-dev-*.img").Order(StringComparer.Ordinal).First());
        using var zipped = new GZipStream(file, CompressionMode.Compress);
        using var tar = new TarWriter(zipped);
        tar.WriteEntry(entry);
    }

    /// <summary>Images of two guests that have ended: one that may do little, and one in a user namespace.</summary>
    public sealed class Dumped : IDisposable
    {
        public Dumped()
        {
            Plain = new CheckpointFixture(new Bundle("/bin/sh", "-c", "while :; do sleep 0.1; done").With(c =>
            {
                c.Process!.User = new() { Uid = 1000, Gid = 1000 };
                c.Process.Capabilities = new() { Bounding = ["CAP_KILL"] };
                c.Process.NoNewPrivileges = true;
                c.Process.OomScoreAdj = 100;
                c.Process.Rlimits = [new() { Type = "RLIMIT_NOFILE", Soft = 1024, Hard = 1024 }];
                c.Linux!.Seccomp = new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [new() { Names = ["unshare"], Action = "SCMP_ACT_ERRNO" }] };
            }));
            Mapped = new CheckpointFixture(new Bundle("/bin/sh", "-c", "while :; do sleep 0.1; done").With(c =>
            {
                c.Linux!.Namespaces!.Add(new() { Type = "user" });
                c.Linux.UidMappings = [new() { ContainerID = 0, HostID = 100000, Size = 65536 }];
                c.Linux.GidMappings = [new() { ContainerID = 0, HostID = 100000, Size = 65536 }];
            }));
            Command.Run("chown", "-R", "100000:100000", Mapped.Bundle.Rootfs).MustSucceed();
            File.SetUnixFileMode(Mapped.Bundle.Path, (UnixFileMode)0b111_101_101);
            foreach (CheckpointFixture test in (CheckpointFixture[])[Plain, Mapped])
            {
                test.Start();
                test.Checkpoint("images").MustSucceed();
                // In a user namespace criu reads as its root.
                Command.Run("chmod", "-R", "go+rX", test.Folder.Path).MustSucceed();
            }
        }

        internal CheckpointFixture Plain { get; }

        internal CheckpointFixture Mapped { get; }

        public void Dispose()
        {
            Plain.Dispose();
            Mapped.Dispose();
        }
    }
}
