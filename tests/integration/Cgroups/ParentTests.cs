using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Cgroups;

/// <summary>A cgroup whose parent somebody else made, as pod managers do: controllers come down to it all the same.</summary>
[VmOnly]
public sealed class ParentTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();
    private readonly string _parent;

    public ParentTests()
    {
        _parent = $"{Leftovers.CgroupMount}/pre-{_id}";
        Directory.CreateDirectory(_parent);
    }

    public void Dispose()
    {
        _cctl.Dispose();
        foreach (string name in (string[])["/leaf", "/below", ""])
        {
            if (Directory.Exists(_parent + name))
            {
                Directory.Delete(_parent + name);
            }
        }
    }

    [Fact]
    public void A_container_without_limits_has_every_controller_below_it()
    {
        using Bundle bundle = At("/c");
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, _id).MustSucceed();
        Assert.Equal(Read(Leftovers.CgroupMount, "cgroup.controllers"), Read(_parent + "/c", "cgroup.controllers"));
        Assert.Equal("max", Read(_parent + "/c", "memory.max"));
        Assert.Contains("\"usage\":{\"limit\":", _cctl.Run("events", "--stats", _id).MustSucceed().Stdout, StringComparison.Ordinal);
        _cctl.Run("update", "--pids-limit", "44", _id).MustSucceed();
        Assert.Equal("44", Read(_parent + "/c", "pids.max"));
    }

    [Fact]
    public void A_parent_with_processes_keeps_them_and_a_limit_below_it_is_refused()
    {
        using RunningCommand sleeper = new Command("sh", "-c", $"echo $$ >{_parent}/cgroup.procs; echo in; exec sleep 1000").Start();
        sleeper.WaitForOutput("in", Place.Deadline(10));
        using Bundle bundle = At("/c");
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, _id).MustSucceed();
        Assert.Equal("", Read(_parent, "cgroup.subtree_control"));
        Assert.Equal("domain", Read(_parent, "cgroup.type"));
        _cctl.Run("delete", "--force", _id).MustSucceed();
        bundle.With(c => c.Linux!.Resources = new LinuxResources { Pids = new() { Limit = 5 } });
        Assert.Contains($"enable the pids controller in {_parent}: EBUSY: processes live in it", _cctl.Run("run", "--bundle", bundle.Path, _id).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Above_a_delegated_cgroup_nothing_is_changed()
    {
        // The mark that systemd leaves (Delegate=).
        Command.Run("setfattr", "-n", "trusted.delegate", "-v", "1", _parent).MustSucceed();
        string above = Read(Leftovers.CgroupMount, "cgroup.subtree_control");
        Directory.CreateDirectory(_parent + "/below");
        using Bundle bundle = At("/below/c");
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, _id).MustSucceed();
        Assert.Equal(above, Read(Leftovers.CgroupMount, "cgroup.subtree_control"));
        Assert.Equal(above, Read(_parent + "/below/c", "cgroup.controllers"));
        _cctl.Run("delete", "--force", _id).MustSucceed();
    }

    private Bundle At(string below) => new Bundle("/bin/sleep", "1000").With(c => c.Linux!.CgroupsPath = $"/pre-{_id}{below}");

    private static string Read(string cgroup, string file) => File.ReadAllText($"{cgroup}/{file}").TrimEnd();
}
