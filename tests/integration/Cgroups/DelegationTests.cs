using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Cgroups;

/// <summary>Guests that get their cgroup for their own use (config-linux.md, "Cgroup ownership").</summary>
public sealed class DelegationTests : IDisposable
{
    private const uint FirstUid = 300_000;

    // A guest's own init: it goes one down, so that the cgroup may have children with controllers.
    private const string Init = "cd /sys/fs/cgroup; mkdir init; echo 1 >init/cgroup.procs; mkdir work; sh -c 'echo 5 >cgroup.max.depth' 2>/dev/null || echo refused; echo up; sleep 1000";

    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();

    public void Dispose() => _cctl.Dispose();

    [Fact]
    public void A_guest_with_a_writable_cgroup_mount_owns_what_the_kernel_lets_it_own()
    {
        using Bundle bundle = Writable(Init);
        using RunningCommand running = _cctl.Command("run", "--bundle", bundle.Path, _id).Start();
        running.WaitForOutput("refused\nup", Place.Deadline(10));
        string cgroup = $"{Leftovers.CgroupMount}/cctl/{_id}";
        AssertOwned(cgroup);
        Assert.True(Directory.Exists(cgroup + "/work"));

        // Into the guest's own cgroups, wherever its first process is by now.
        Assert.Contains("0::/", _cctl.Run("exec", _id, "cat", "/proc/self/cgroup").MustSucceed().Stdout, StringComparison.Ordinal);
        _cctl.Run("delete", "--force", _id).MustSucceed();
        Assert.False(Directory.Exists(cgroup));
    }

    [Fact]
    [VmOnly]
    public void A_guest_in_a_scope_owns_it_too_and_may_enable_controllers()
    {
        using Bundle bundle = Writable(Init.Replace("echo up", "echo +pids >cgroup.subtree_control; cat work/pids.max; echo up", StringComparison.Ordinal));
        bundle.With(c => c.Linux!.CgroupsPath = "system.slice:cctl:" + _id);
        using RunningCommand running = _cctl.Command("--systemd-cgroup", "run", "--bundle", bundle.Path, _id).Start();
        running.WaitForOutput("refused\nmax\nup", Place.Deadline(10));
        string cgroup = $"{Leftovers.CgroupMount}/system.slice/cctl-{_id}.scope";
        AssertOwned(cgroup);
        Assert.Equal("0::/init", _cctl.Run("exec", _id, "cat", "/proc/self/cgroup").MustSucceed().Text);
        _cctl.Run("delete", "--force", _id).MustSucceed();
        Assert.False(Directory.Exists(cgroup));
    }

    [Theory]
    [InlineData("ro")]
    [InlineData("no namespace")]
    public void A_guest_that_may_not_write_there_or_sees_others_owns_nothing(string why)
    {
        using Bundle bundle = Writable("echo up; sleep 1000");
        bundle.With(c =>
        {
            if (why == "ro")
            {
                c.Mounts!.Find(m => m.Type == "cgroup")!.Options!.Add("ro");
            }
            else
            {
                c.Linux!.Namespaces!.RemoveAll(n => n.Type == "cgroup");
            }
        });
        using RunningCommand running = _cctl.Command("run", "--bundle", bundle.Path, _id).Start();
        running.WaitForOutput("up", Place.Deadline(10));
        Assert.Equal("0", Owner($"{Leftovers.CgroupMount}/cctl/{_id}"));
    }

    private static Bundle Writable(string script) => Bundle.Script(script).With(c =>
    {
        c.Mounts!.Find(m => m.Type == "cgroup")!.Options!.Remove("ro");
        c.Linux!.Namespaces!.Add(new LinuxNamespace { Type = "user" });
        c.Linux.UidMappings = [new IdMapping { ContainerID = 0, HostID = FirstUid, Size = 65536 }];
        c.Linux.GidMappings = [new IdMapping { ContainerID = 0, HostID = FirstUid, Size = 65536 }];
    });

    private static void AssertOwned(string cgroup)
    {
        string[] delegated = File.ReadAllLines("/sys/kernel/cgroup/delegate");
        Assert.Contains("cgroup.procs", delegated);
        string first = FirstUid.ToString((IFormatProvider?)null);
        Assert.Equal(first, Owner(cgroup));
        foreach (string line in Command.Run("stat", ["-c", "%u %n", .. Directory.EnumerateFiles(cgroup)]).MustSucceed().Lines)
        {
            string file = Path.GetFileName(line);
            Assert.Equal($"{file} {(delegated.Contains(file) ? first : "0")}", $"{file} {line.Split(' ')[0]}");
        }
    }

    private static string Owner(string path) => Command.Run("stat", "-c", "%u", path).MustSucceed().Text;
}
