using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>CVE-2021-43784: a length that does not fit its field wraps around, and what follows is taken for something else.</summary>
public sealed class LengthTests
{
    private const string TooMany = "the config asks for more than the 32767 operations that a launch can have";
    private static readonly string s_long = new('x', 70_000);

    /// <summary>More than 16 bits can count, or 4096 bytes can hold: each is refused with one line, and nothing is left.</summary>
    public static TheoryData<string, string> Excesses => new()
    {
        { "masked paths", TooMany },
        { "mounts", TooMany },
        { "mappings", "/linux/uidMappings" },
        { "groups", "/process/user/additionalGids: 70000 groups are more than the kernel gives a process: at most 65536" },
        { "arguments", "/process/args/0: exec: \"/bin/true\" (execve): E2BIG" },
        { "host name", "/hostname" },
        { "device name", "/linux/netDevices" },
        { "sysctl", "/linux/sysctl/net.ipv4.ip_forward" },
        { "mount data", "/mounts/7" },
        { "apparmor", "/process/apparmorProfile" },
        { "cgroup", "/linux/cgroupsPath" },
        { "filter", "/linux/seccomp" },
    };

    [Theory]
    [MemberData(nameof(Excesses))]
    public void What_is_longer_than_its_field_is_refused_and_nothing_is_left(string what, string message)
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("/bin/true").With(c => Exceed(c, what));
        string id = Cctl.NewId();
        CommandResult result = cctl.Run("run", "--bundle", bundle.Path, id).MustExit(1);
        Assert.Contains(message, result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Stderr, StringComparison.Ordinal);
        Leftovers.AssertNone(cctl.StateRoot, id, bundle.Path, what);
    }

    private static void Exceed(RuntimeConfig config, string what)
    {
        switch (what)
        {
            case "masked paths":
                config.Linux!.MaskedPaths = [.. Enumerable.Range(0, 20_000).Select(i => $"/masked/{i}")];
                break;
            case "mounts":
                config.Mounts!.AddRange(Enumerable.Range(0, 5000).Select(i => new Mount { Destination = $"/m{i}", Type = "tmpfs", Source = "tmpfs" }));
                break;
            case "mappings":
                config.Linux!.Namespaces!.Add(new() { Type = "user" });
                config.Linux.UidMappings = [.. Enumerable.Range(0, 5000).Select(i => new IdMapping { ContainerID = (uint)i, HostID = 100_000 + (uint)i, Size = 1 })];
                config.Linux.GidMappings = config.Linux.UidMappings;
                break;
            case "groups":
                config.Process!.User!.AdditionalGids = [.. Enumerable.Range(1, 70_000).Select(i => (uint)i)];
                break;
            case "arguments":
                config.Process!.Args = ["/bin/true", .. Enumerable.Repeat(s_long, 100)];
                break;
            case "host name":
                config.Hostname = s_long;
                break;
            case "device name":
                config.Linux!.NetDevices = new() { ["lo"] = new() { Name = s_long } };
                break;
            case "sysctl":
                config.Linux!.Sysctl = new() { ["net.ipv4.ip_forward"] = s_long };
                break;
            case "mount data":
                config.Mounts!.Add(new() { Destination = "/mnt", Type = "tmpfs", Source = "tmpfs", Options = ["size=" + s_long] });
                break;
            case "apparmor":
                config.Process!.ApparmorProfile = s_long;
                break;
            case "cgroup":
                config.Linux!.CgroupsPath = "/" + s_long;
                break;
            default:
                config.Linux!.Seccomp = new()
                {
                    DefaultAction = "SCMP_ACT_ALLOW",
                    Syscalls = [.. Enumerable.Range(0, 5000).Select(i => new LinuxSyscall { Names = ["ioctl"], Action = "SCMP_ACT_ERRNO", Args = [new() { Index = 1, Value = (ulong)i << 32, Op = "SCMP_CMP_EQ" }] })],
                };
                break;
        }
    }
}
