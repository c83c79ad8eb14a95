using System.Text.Json;
using Integration.Tests.Harness;

namespace Integration.Tests.Cli;

public sealed class LifecycleTests
{
    [Fact]
    public void A_container_is_created_started_killed_and_deleted_and_its_state_is_true_at_each_step()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        Create(cctl, bundle, id);
        JsonElement created = State(cctl, id);
        Assert.Equal("created", created.GetProperty("status").GetString());
        Assert.Equal(bundle.Path, created.GetProperty("bundle").GetString());
        Assert.Equal(bundle.Rootfs, created.GetProperty("rootfs").GetString());
        Assert.Equal("1.3.0", created.GetProperty("ociVersion").GetString());
        int pid = created.GetProperty("pid").GetInt32();
        Assert.True(Directory.Exists($"/proc/{pid}"));

        cctl.Run("start", id).MustSucceed();
        JsonElement running = State(cctl, id);
        Assert.Equal("running", running.GetProperty("status").GetString());
        Assert.Equal(pid, running.GetProperty("pid").GetInt32());
        Assert.Contains("is running", cctl.Run("start", id).MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Contains("not stopped", cctl.Run("delete", id).MustExit(1).Stderr, StringComparison.Ordinal);

        cctl.Run("kill", id, "SIGKILL").MustSucceed();
        Eventually.True(() => Status(cctl, id) == "stopped", Place.Deadline(10), () => Status(cctl, id));
        Assert.Equal(0, State(cctl, id).GetProperty("pid").GetInt32());
        Assert.Contains("container not running", cctl.Run("kill", id, "TERM").MustExit(1).Stderr, StringComparison.Ordinal);

        cctl.Run("delete", id).MustSucceed();
        Assert.Contains("does not exist", cctl.Run("state", id).MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Contains("does not exist", cctl.Run("delete", id).MustExit(1).Stderr, StringComparison.Ordinal);
        cctl.Run("delete", "--force", id).MustSucceed();
        Assert.Empty(Directory.GetFileSystemEntries(cctl.StateRoot));
    }

    [Fact]
    public void A_container_runs_as_soon_as_run_has_returned()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        for (int i = 0; i < (Place.IsVm ? 3 : 40); i++)
        {
            string id = Cctl.NewId();
            new Command("/bin/sh", "-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", Cctl.Executable, "--root", cctl.StateRoot, "run", "--detach", "--bundle", bundle.Path, id).Run().MustSucceed();
            Assert.Equal("running", Status(cctl, id));
            cctl.Run("delete", "--force", id).MustSucceed();
        }
    }

    [Fact]
    public void An_id_in_use_is_refused_and_its_container_is_left_alone()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        Create(cctl, bundle, id);
        Assert.Contains("in use", cctl.Run("create", "--bundle", bundle.Path, id).MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Equal("created", Status(cctl, id));
    }

    [Fact]
    public void A_created_container_is_deleted_without_force_as_runc_does()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string id = Cctl.NewId();
        Create(cctl, bundle, id);
        int pid = State(cctl, id).GetProperty("pid").GetInt32();
        cctl.Run("delete", id).MustSucceed();
        Eventually.True(() => !Directory.Exists($"/proc/{pid}"), Place.Deadline(10), () => "the process is still there");
        Assert.Empty(Directory.GetFileSystemEntries(cctl.StateRoot));
    }

    [Fact]
    public void Force_deletes_a_running_container_with_all_its_processes()
    {
        using var cctl = new Cctl();
        using var bundle = Bundle.Script("sleep 1001 & sleep 1001 & sleep 1001");
        string id = Cctl.NewId();
        Create(cctl, bundle, id);
        cctl.Run("start", id).MustSucceed();
        string cgroup = CgroupOf(State(cctl, id).GetProperty("pid").GetInt32());
        cctl.Run("delete", "--force", id).MustSucceed();
        Assert.False(Directory.Exists(cgroup));
        Assert.Empty(Directory.GetFileSystemEntries(cctl.StateRoot));
    }

    [Fact]
    public void A_signal_to_all_reaches_every_process()
    {
        using var cctl = new Cctl();
        using var bundle = Bundle.Script("for i in 1 2 3; do sh -c 'trap \"echo got >>/got; exit\" USR1; echo up >>/up; while :; do sleep 0.05; done' & done; trap : USR1; wait; wait; wait; wait");
        string id = Cctl.NewId();
        Create(cctl, bundle, id);
        cctl.Run("start", id).MustSucceed();
        string up = Path.Combine(bundle.Rootfs, "up");
        string got = Path.Combine(bundle.Rootfs, "got");
        Eventually.True(() => File.Exists(up) && File.ReadAllLines(up).Length == 3, Place.Deadline(10), () => "the guest did not come up");
        cctl.Run("kill", "--all", id, "USR1").MustSucceed();
        Eventually.True(() => File.Exists(got) && File.ReadAllLines(got).Length == 3, Place.Deadline(10), () => "not every process got the signal");
    }

    [Fact]
    public void Containers_are_listed_as_a_table_as_json_and_by_id()
    {
        using var cctl = new Cctl();
        using var bundle = new Bundle("/bin/sleep", "1000");
        string[] ids = [Cctl.NewId(), Cctl.NewId()];
        Array.Sort(ids, StringComparer.Ordinal);
        foreach (string id in ids)
        {
            Create(cctl, bundle, id);
        }

        cctl.Run("start", ids[1]).MustSucceed();
        Assert.Equal(ids, cctl.Run("list", "-q").MustSucceed().Lines);
        string[] table = cctl.Run("list").MustSucceed().Lines;
        Assert.Matches(@"^ID +PID +STATUS +BUNDLE +CREATED +OWNER$", table[0]);
        Assert.Matches($@"^{ids[0]} +\d+ +created +{bundle.Path} +\S+Z +root$", table[1]);
        Assert.Matches($@"^{ids[1]} +\d+ +running +{bundle.Path} +\S+Z +root$", table[2]);
        using var json = JsonDocument.Parse(cctl.Run("list", "--format", "json").MustSucceed().Stdout);
        Assert.Equal(ids, json.RootElement.EnumerateArray().Select(e => e.GetProperty("id").GetString()));
    }

    [Fact]
    public void A_creator_that_is_killed_leaves_nothing_that_delete_cannot_remove()
    {
        using var cctl = new Cctl();
        string id = Cctl.NewId();
        Directory.CreateDirectory(Path.Combine(cctl.StateRoot, id));
        Assert.Equal("stopped", Status(cctl, id));
        cctl.Run("delete", id).MustSucceed();
        Assert.Empty(Directory.GetFileSystemEntries(cctl.StateRoot));
    }

    private static void Create(Cctl cctl, Bundle bundle, string id)
    {
        // The guest inherits the streams: a pipe that the test reads would stay open with it.
        Command.Run("/bin/sh", "-c", $"'{Cctl.Executable}' --root '{cctl.StateRoot}' create --bundle '{bundle.Path}' {id} </dev/null >/dev/null 2>'{bundle["errors"]}' || {{ cat '{bundle["errors"]}'; exit 1; }}").MustSucceed();
    }

    private static JsonElement State(Cctl cctl, string id)
    {
        using var json = JsonDocument.Parse(cctl.Run("state", id).MustSucceed().Stdout);
        return json.RootElement.Clone();
    }

    private static string Status(Cctl cctl, string id) => State(cctl, id).GetProperty("status").GetString()!;

    private static string CgroupOf(int pid)
    {
        string path = File.ReadAllLines($"/proc/{pid}/cgroup").Single(l => l.StartsWith("0::", StringComparison.Ordinal))[3..];
        string mount = Directory.Exists("/sys/fs/cgroup/unified") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
        Assert.True(Directory.Exists(mount + path));
        return mount + path;
    }
}
