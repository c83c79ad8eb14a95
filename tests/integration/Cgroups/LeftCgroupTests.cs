using Integration.Tests.Harness;

namespace Integration.Tests.Cgroups;

/// <summary>Containers whose first process, or what they leave behind, is not where it began.</summary>
public sealed class LeftCgroupTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();
    private readonly string _other;

    public LeftCgroupTests()
    {
        _other = $"{Leftovers.CgroupMount}/other-{_id}";
        Directory.CreateDirectory(_other);
    }

    private string Own => $"{Leftovers.CgroupMount}/cctl/{_id}";

    public void Dispose()
    {
        _cctl.Dispose();
        Eventually.True(() => File.ReadAllText(_other + "/cgroup.procs").Length == 0, Place.Deadline(10), () => "processes are left in " + _other);
        Directory.Delete(_other);
    }

    [Fact]
    public void Exec_enters_the_first_processs_cgroup_where_its_own_is_gone()
    {
        using var bundle = new Bundle("/bin/sleep", "1000");
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, _id).MustSucceed();
        Move(_cctl.PidOf(_id));
        Directory.Delete(Own);
        _cctl.Run("exec", "--detach", _id, "sleep", "1000").MustSucceed();
        Assert.Equal(2, File.ReadAllLines(_other + "/cgroup.procs").Length);
        Assert.Contains("\"running\"", _cctl.Run("state", _id).MustSucceed().Stdout, StringComparison.Ordinal);
        _cctl.Run("kill", _id, "KILL").MustSucceed();
    }

    [Fact]
    public void With_the_hosts_pids_KILL_ends_all_of_the_container_also_when_its_first_process_is_gone()
    {
        using Bundle bundle = Bundle.Script("sleep 1000 & sleep 1001 & echo up; test -e /stay && wait").With(c => c.Linux!.Namespaces!.RemoveAll(n => n.Type == "pid"));
        File.WriteAllText(bundle.Rootfs + "/stay", "");
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, _id).MustSucceed();
        Eventually.True(() => Processes() == 3, Place.Deadline(10), () => $"{Processes()} processes");
        _cctl.Run("kill", _id, "KILL").MustSucceed();
        Eventually.True(() => Processes() == 0, Place.Deadline(10), () => $"{Processes()} processes are left");
        _cctl.Run("delete", _id).MustSucceed();

        File.Delete(bundle.Rootfs + "/stay");
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, _id).MustSucceed();
        Eventually.True(() => _cctl.Run("state", _id).Stdout.Contains("\"stopped\"", StringComparison.Ordinal), Place.Deadline(10), () => "the first process has not ended");
        Assert.Equal(2, Processes());
        _cctl.Run("kill", _id, "TERM").MustExit(1);
        _cctl.Run("kill", _id, "KILL").MustSucceed();
        Eventually.True(() => Processes() == 0, Place.Deadline(10), () => $"{Processes()} processes are left");
        Assert.Contains("container not running", _cctl.Run("kill", _id, "KILL").MustExit(1).Stderr, StringComparison.Ordinal);
        _cctl.Run("delete", _id).MustSucceed();
    }

    private int Processes() => File.ReadAllLines(Own + "/cgroup.procs").Length;

    private void Move(int pid) => File.WriteAllText(_other + "/cgroup.procs", pid.ToString((IFormatProvider?)null));
}
