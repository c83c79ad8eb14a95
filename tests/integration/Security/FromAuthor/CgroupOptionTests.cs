using Integration.Tests.Harness;
using Integration.Tests.Stacks;
using OciSpec;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>
/// A guest in the host's cgroup namespace that has cgroup2 mounted: the kernel gives the one filesystem the options of its
/// newest mount, and the host loses nsdelegate, which keeps delegated cgroups apart, and memory_recursiveprot.
/// </summary>
[VmOnly]
[Collection(nameof(LoadsTheMachine))]
public sealed class CgroupOptionTests : IDisposable
{
    private readonly Cctl _cctl = new();

    public void Dispose() => _cctl.Dispose();

    [Theory]
    [InlineData(null, "ro", "/mnt")]
    [InlineData(null, "rw", "/mnt")]
    [InlineData("/proc/1/ns/cgroup", "ro", "/mnt")]
    [InlineData("/proc/self/ns/cgroup", "rw", "/sys/fs/cgroup")]
    public void The_hosts_cgroup_filesystem_keeps_its_options(string? path, string flag, string place)
    {
        Command.Run("mount", "-o", "remount,nsdelegate,memory_recursiveprot", "/sys/fs/cgroup").MustSucceed();
        string before = Options("/proc/self/mountinfo", "/sys/fs/cgroup")[1];
        Assert.Contains("nsdelegate", before, StringComparison.Ordinal);
        using Bundle bundle = Bundle.Script($"grep ' {place} ' /proc/self/mountinfo; ls {place}/cgroup.procs").With(c =>
        {
            c.Linux!.Namespaces!.RemoveAll(n => n.Type == "cgroup");
            if (path is not null)
            {
                c.Linux.Namespaces.Add(new() { Type = "cgroup", Path = path });
            }

            c.Mounts!.RemoveAll(m => m.Type == "cgroup");
            c.Mounts.Add(new() { Destination = place, Type = "cgroup", Source = "cgroup", Options = ["nosuid", "noatime", flag] });
        });
        string[] lines = _cctl.RunBundle(bundle).MustSucceed().Lines;
        Assert.Equal(before, Options("/proc/self/mountinfo", "/sys/fs/cgroup")[1]);
        // The flags are the config's, not the host's noexec and nodev, and the mount is nobody's peer.
        Assert.Contains($" {place} {flag},nosuid,noatime - cgroup2", lines[0], StringComparison.Ordinal);
        Assert.Equal(place + "/cgroup.procs", lines[1]);
    }

    private static string[] Options(string mountinfo, string place) =>
        File.ReadLines(mountinfo).Single(l => l.Contains($" {place} ", StringComparison.Ordinal)).Split(" - ");
}
