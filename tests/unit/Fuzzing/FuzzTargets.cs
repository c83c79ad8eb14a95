using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using OciSpec;
using Runtime;
using Runtime.Cgroups;
using Runtime.Cgroups.Systemd;
using Runtime.Checkpoint;
using Runtime.Exec;
using Runtime.Images;
using Runtime.Linux;
using Runtime.Linux.Netlink;
using Runtime.Namespaces.Resolution;
using Runtime.Seccomp;
using Unit.Tests.Spec;

namespace Unit.Tests.Fuzzing;

/// <summary>Every parser that eats what an image, a guest, a checkpoint, a config or another process wrote. A new one gets a line in <see cref="All"/>; criu's images are in <see cref="CheckpointTargets"/>, what registries say in <see cref="RegistryTargets"/>.</summary>
internal static class FuzzTargets
{
    private const string MountInfo = """
        25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
        31 25 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
        32 31 0:27 /a\040b /sys/fs/cgroup/cpu\134 rw - cgroup cgroup rw,cpu,cpuacct
        """;

    private static readonly string[] s_json = ["{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\ud800", "null", "true", "-1", "1e999", "\"\"", "\"args\"", "\"syscalls\"", "{\"a\":", "[[[[[[[["];
    private static readonly string[] s_lines = ["\n", " ", ":", "\0", " - ", "\\040", "\\1", "/", "..", "\xff", ",", "0::/", "::::::::"];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("config", [Utf8(Samples.Full)], s_json, b => Config(b), typeof(ConfigException)),
        new("process", [Utf8("""{"args":["sh"],"cwd":"/","env":["A=1"],"user":{"uid":0,"gid":0}}""")], s_json, b => ConfigFile.ParseProcess(b, out _).Args?.Count, typeof(ConfigException)),
        new("resources", [Utf8("""{"memory":{"limit":1048576},"cpu":{"shares":2},"devices":[{"allow":false,"access":"rwm"}]}""")], s_json, b => ConfigFile.ParseResources(b, out _).Devices?.Count, typeof(ConfigException)),
        new("state", [Utf8("""{"ociVersion":"1.3.0","id":"a","status":"running","pid":7,"bundle":"/b","annotations":{"k":"v"}}""")], s_json, b => ConfigFile.ParseState(b).Id?.Length, typeof(ConfigException)),
        new("features", [Utf8(Samples.Features)], s_json, b => ConfigFile.ParseFeatures(b).OciVersionMax?.Length, typeof(ConfigException)),
        new("seccomp", [Utf8(Profile)], [.. s_json, "SCMP_ACT_ERRNO", "SCMP_CMP_MASKED_EQ", "SCMP_ARCH_X32", "\"socket\"", "\"ipc\"", "\"index\":5"], b => Seccomp(b), typeof(ConfigException)),
        new("protobuf", [[0x08, 0x96, 0x01, 0x12, 7, .. "testing"u8, 0x1a, 2, 0x08, 1, 0x29, 1, 2, 3, 4, 5, 6, 7, 8, 0x35, 1, 2, 3, 4]], [], b => Protobuf(b, 0)),
        new("criu-reply", [[0x08, 7, 0x10, 1, 0x2a, 6, 0x0a, 1, (byte)'p', 0x10, 0xe7, 0x24, 0x38, 2]], ["post-restore"], b => CriuReply.Decode(b).Type),
        new("criu-files", [CriuFiles()], ["file[1a:4]"], b => Streams(b)),
        new("criu-log", [Utf8("(00.1) Error (criu/x.c:1): no\nError: yes\n")], ["Error (", "Error", "\x1b[", .. s_lines], b => CriuLog.FirstError(Encoding.UTF8.GetString(b))?.Length),
        new("dbus", [.. Dbus()], ["s", "o", "g", "u", "l\x03"], b => Bus(b), typeof(DbusException)),
        new("netlink", [Netlink()], [], b => Links(b)),
        new("mountinfo", [Utf8(MountInfo)], [.. s_lines, "cgroup2", "cgroup", "nsdelegate"], b => Mounts(b)),
        new("cgroup-file", [Utf8("1:name=systemd:/a\n0::/user.slice/a\n")], s_lines, b => CgroupMount.OwnCgroupIn(b)?.Length),
        new("passwd", [Utf8("root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:\n")], s_lines, b => GuestHome.Find(b, 1000)?.Length),
        new("users", [Utf8("root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:\0user:x:1000:\nwheel:x:10:user,root\n")], s_lines, b => Users(b), typeof(ContainerException)),
        new("tar", [Tar(TarEntryFormat.Ustar), Tar(TarEntryFormat.Pax), Tar(TarEntryFormat.Gnu)], ["../", "/", "ustar\0", "ustar  \0", "././@LongLink", "20 path=a\n", "777777777777", "\0\0\0"], b => Unpack(Gzip(WithChecksums(b))), typeof(ArchiveException), typeof(SyscallException)),
        new("gzip", [Gzip(Tar(TarEntryFormat.Ustar))], [], b => Unpack(b), typeof(ArchiveException), typeof(SyscallException)),
        .. LayerTargets.All,
        .. CheckpointTargets.All,
        .. RegistryTargets.All,
    ];

    private static string Profile => """
        {"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_AARCH64"],
         "syscalls":[{"names":["read","write","socket"],"action":"SCMP_ACT_ALLOW"},
          {"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":2114060288,"valueTwo":0,"op":"SCMP_CMP_MASKED_EQ"},{"index":1,"value":4294967296,"op":"SCMP_CMP_GE"}]}]}
        """;

    private static int Config(byte[] input)
    {
        RuntimeConfig config = ConfigFile.Parse(input, out IReadOnlyList<ConfigProblem> misspelt);
        return ConfigValidator.Collect(config).Count + misspelt.Count;
    }

    private static int Seccomp(byte[] input)
    {
        LinuxSeccomp? profile = ConfigFile.Parse([.. "{\"ociVersion\":\"1.3.0\",\"linux\":{\"seccomp\":"u8, .. input, .. "}}"u8]).Linux?.Seccomp;
        return profile is null ? 0 : SeccompCompiler.Compile(profile, SeccompArchitecture.X64).Program.Length;
    }

    private static int Protobuf(ReadOnlySpan<byte> message, int depth)
    {
        int fields = 0;
        var reader = new ProtobufReader(message);
        while (reader.MoveNext())
        {
            fields += 1 + reader.Text.Length / (1 << 20) + (depth < 8 && reader.Message.Length < message.Length ? Protobuf(reader.Message, depth + 1) : 0);
            Assert.InRange(reader.Raw.Length, 1, message.Length);
        }

        return fields;
    }

    private static (int?, int) Streams(byte[] input)
    {
        var inherited = new List<(string, int)>();
        byte[]? written = StreamEntries.Rewrite(input, [("file[1a:4]", 0), ("file[1a:4]", 2), ("pipe[7]", 1)], [1, 2, null], _ => new CallerStream(1, 0x1180, -29), inherited);
        return (written?.Length / 16, inherited.Count);
    }

    private static string Bus(byte[] input)
    {
        if (input.Length < DbusMessage.FixedHeader)
        {
            return "head"; // the connection reads that much before it asks
        }

        int length = DbusMessage.LengthOf(input);
        if (length > input.Length)
        {
            return "short"; // and then the rest
        }

        DbusMessage message = DbusMessage.Parse(input.AsSpan(0, length));
        var body = new DbusReader(message.Body);
        foreach (char type in message.Signature)
        {
            body.SkipBasic(type);
        }

        return $"{message.IsReply} {message.IsSignal} {message.Signature.Length}";
    }

    private static (int, bool) Links(byte[] input)
    {
        int count = 0;
        var messages = new NetlinkReader(input);
        while (messages.MoveNext())
        {
            var attributes = new NetlinkAttributes(messages.Body.Length < 16 ? messages.Body : messages.Body[16..]);
            while (attributes.MoveNext())
            {
                count += 1 + (attributes.Value.Length >> 16);
            }

            count += attributes.IsDamaged ? 1000 : 0;
        }

        return (count, messages.IsDamaged);
    }

    private static (bool, bool, int) Mounts(byte[] input)
    {
        string? path = CgroupMount.PathIn(input);
        int roots = path is null ? 0 : CgroupMount.RootIn(input, path).Length;
        return (path is null, roots > 1, CgroupMount.V1BindingsIn(input).Count);
    }

    private static (uint?, int?) Users(byte[] input)
    {
        using var root = new ScratchDirectory();
        Directory.CreateDirectory(Path.Combine(root.Path, "etc"));
        int half = Array.IndexOf(input, (byte)0);
        File.WriteAllBytes(Path.Combine(root.Path, "etc/passwd"), half < 0 ? input : input[..half]);
        File.WriteAllBytes(Path.Combine(root.Path, "etc/group"), half < 0 ? input : input[(half + 1)..]);
        UserSpec user = GuestUsers.Parse("user", GuestUsers.Files(root.Path), null);
        return (user.Uid, user.AdditionalGids?.Count);
    }

    private static int Unpack(byte[] input)
    {
        using var directory = new ScratchDirectory();
        using Fd root = Sys.OpenAt(Abi.AT_FDCWD, directory.Path, Abi.O_RDONLY | Abi.O_DIRECTORY);
        ArchiveUnpacker.Unpack(new MemoryStream(input), root, limit: 1 << 20);
        return Directory.GetFileSystemEntries(directory.Path).Length;
    }

    // Else every change of a header ends there.
    internal static byte[] WithChecksums(byte[] archive)
    {
        for (int at = 0; at + 512 <= archive.Length; at += 512)
        {
            Span<byte> header = archive.AsSpan(at, 512);
            if (header[257..].StartsWith("ustar"u8))
            {
                header.Slice(148, 8).Fill((byte)' ');
                int sum = 0;
                foreach (byte b in header)
                {
                    sum += b;
                }

                Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
            }
        }

        return archive;
    }

    private static byte[] CriuFiles()
    {
        byte[] entry = [0x08, 1, 0x10, 2, 0x1a, 21, 0x08, 2, 0x10, 0x80, 0x80, 0x02, 0x18, 99, 0x32, 10, .. "file[1a:4]"u8];
        return [0x19, 0x43, 0x56, 0x54, 0x38, 0x31, 0x30, 0x56, (byte)entry.Length, 0, 0, 0, .. entry, (byte)entry.Length, 0, 0, 0, .. entry];
    }

    private static IEnumerable<byte[]> Dbus()
    {
        var arguments = new DbusWriter();
        arguments.UInt32(7);
        arguments.String("a.scope");
        yield return DbusMessage.Call(3, "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "JobRemoved", "us", arguments).ToArray();
        byte[] error = DbusMessage.Call(4, "a", "/", "b", "c", string.Empty, null).ToArray();
        error[1] = 3;
        yield return error;
    }

    private static byte[] Netlink() =>
    [
        44, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, // nlmsghdr: RTM_NEWLINK
        0, 0, 1, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, // ifinfomsg
        9, 0, 3, 0, .. "eth0"u8, 0, 0, 0, 0, // IFLA_IFNAME
        20, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // NLMSG_DONE
    ];

    private static byte[] Tar(TarEntryFormat format)
    {
        var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, format, leaveOpen: true))
        {
            string longName = new('n', 120);
            writer.WriteEntry(Entry(format, TarEntryType.Directory, "d"));
            TarEntry file = Entry(format, TarEntryType.RegularFile, $"d/{(format == TarEntryFormat.Ustar ? "f" : longName)}");
            file.DataStream = new MemoryStream("content"u8.ToArray());
            writer.WriteEntry(file);
            TarEntry link = Entry(format, TarEntryType.SymbolicLink, "d/l");
            link.LinkName = "f";
            writer.WriteEntry(link);
        }

        return stream.ToArray();
    }

    private static TarEntry Entry(TarEntryFormat format, TarEntryType type, string name) => format switch
    {
        TarEntryFormat.Pax => new PaxTarEntry(type, name),
        TarEntryFormat.Gnu => new GnuTarEntry(type, name),
        _ => new UstarTarEntry(type, name),
    };

    private static byte[] Gzip(byte[] plain)
    {
        var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        return stream.ToArray();
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
