using System.Text.Json;
using Integration.Tests.Harness;

namespace Integration.Tests.Cgroups;

/// <summary>pause, resume, ps, kill and delete, by what they do to the guest's processes and cgroups.</summary>
public sealed class ControlTests : IDisposable
{
    private const string Counting = "i=0; while :; do i=$((i+1)); echo $i >/count; sleep 0.02; done";

    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();

    public void Dispose() => _cctl.Dispose();

    [Fact]
    public void A_paused_guest_stands_still_until_it_is_resumed()
    {
        using Bundle bundle = Start(Counting);
        Eventually.True(() => Count(bundle) > 1, Place.Deadline(10), () => "the guest does not count");
        Assert.Contains("cannot resume container", _cctl.Run("resume", _id).MustExit(1).Stderr, StringComparison.Ordinal);

        _cctl.Run("pause", _id).MustSucceed();
        Assert.Equal("paused", Status());
        int stopped = Count(bundle);
        Thread.Sleep(300);
        Assert.Equal(stopped, Count(bundle));
        Assert.Contains("cannot pause container", _cctl.Run("pause", _id).MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Contains("it is paused", _cctl.Run("exec", _id, "/bin/true").MustExit(255).Stderr, StringComparison.Ordinal);
        Assert.Contains("not stopped: it is paused", _cctl.Run("delete", _id).MustExit(1).Stderr, StringComparison.Ordinal);

        _cctl.Run("resume", _id).MustSucceed();
        Assert.Equal("running", Status());
        Eventually.True(() => Count(bundle) > stopped, Place.Deadline(10), () => "the guest does not go on");

        // It writes into the bundle, which goes first.
        _cctl.Run("delete", "--force", _id).MustSucceed();
    }

    [Theory]
    [InlineData("kill")]
    [InlineData("kill --all")]
    [InlineData("delete --force")]
    public void A_paused_guest_can_be_killed_and_deleted(string how)
    {
        using Bundle bundle = Start("sleep 1000 & sleep 1000");
        string cgroup = Leftovers.Cgroups(_id).Single();
        _cctl.Run("pause", _id).MustSucceed();
        _cctl.Run([.. how.Split(' '), _id, .. how[0] == 'k' ? ["KILL"] : Array.Empty<string>()]).MustSucceed();
        if (how[0] == 'k')
        {
            Eventually.True(() => Status() == "stopped", Place.Deadline(10), Status);
            _cctl.Run("delete", _id).MustSucceed();
        }

        Assert.False(Directory.Exists(cgroup));
        Leftovers.AssertNone(_cctl.StateRoot, _id, bundle.Path, how);
    }

    [Fact]
    public void Killing_all_reaches_the_processes_of_cgroups_that_the_guest_made_and_delete_removes_those()
    {
        const string Nest = "mkdir -p /sys/fs/cgroup/a/b /sys/fs/cgroup/c && echo $$ >/sys/fs/cgroup/a/b/cgroup.procs && sleep 1000 & sleep 1000 & "
            + "until grep -q . /sys/fs/cgroup/a/b/cgroup.procs; do sleep 0.02; done; echo up; wait";
        using Bundle bundle = Bundle.Script(Nest.Replace("echo $$", "cat /proc/self/stat | cut -d' ' -f4", StringComparison.Ordinal));
        bundle.With(c => c.Mounts!.Find(m => m.Type == "cgroup")!.Options!.Remove("ro"));
        using RunningCommand running = _cctl.Command("run", "--keep", "--bundle", bundle.Path, _id).Start();
        running.WaitForOutput("up", Place.Deadline(10));
        string cgroup = Leftovers.Cgroups(_id).Single(c => c.EndsWith(_id, StringComparison.Ordinal));
        Assert.NotEmpty(File.ReadAllText(cgroup + "/a/b/cgroup.procs"));

        using var pids = JsonDocument.Parse(_cctl.Run("ps", "--format", "json", _id).MustSucceed().Stdout);
        int[] listed = [.. pids.RootElement.EnumerateArray().Select(p => p.GetInt32())];
        Assert.Equal(Leftovers.Processes(_id).Where(p => File.ReadAllText($"/proc/{p}/cgroup").Contains(_id, StringComparison.Ordinal)).Order(), listed.Order());

        _cctl.Run("kill", "--all", _id, "KILL").MustSucceed();
        running.Wait(Place.Deadline(10)).MustExit(137);
        Assert.True(Directory.Exists(cgroup + "/a/b"));
        _cctl.Run("delete", _id).MustSucceed();
        Assert.False(Directory.Exists(cgroup));
    }

    [Fact]
    [HostOnly]
    public void The_processes_of_a_guest_are_listed_by_ps_and_as_json()
    {
        using Bundle bundle = Start("sleep 1234 & sleep 1234; true");
        Eventually.True(() => Listed().Length == 3, Place.Deadline(10), () => string.Join('\n', Listed()));
        string[] table = _cctl.Run("ps", _id).MustSucceed().Lines;
        Assert.Matches("^UID +PID +PPID ", table[0]);
        Assert.Equal(2, table.Count(l => l.EndsWith("sleep 1234", StringComparison.Ordinal)));
        string[] chosen = _cctl.Run("ps", _id, "-o", "pid,args", "-A").MustSucceed().Lines;
        Assert.Matches("^ *PID COMMAND$", chosen[0]);
        Assert.Equal(Listed().Order(), chosen[1..].Select(l => l.TrimStart().Split(' ')[0]).Order());

        _cctl.Run("kill", _id, "KILL").MustSucceed();
        Eventually.True(() => Status() == "stopped", Place.Deadline(10), Status);
        Assert.Equal(table[0], _cctl.Run("ps", _id).MustSucceed().Text);
        Assert.Equal("null\n", _cctl.Run("ps", "--format", "json", _id).MustSucceed().Stdout);
    }

    private Bundle Start(string script)
    {
        Bundle bundle = Bundle.Script(script);
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, _id).MustSucceed();
        return bundle;
    }

    private string[] Listed() => _cctl.Run("ps", "-f", "json", _id).MustSucceed().Text.Trim('[', ']').Split(',');

    private string Status() => JsonDocument.Parse(_cctl.Run("state", _id).MustSucceed().Stdout).RootElement.GetProperty("status").GetString()!;

    private static int Count(Bundle bundle) =>
        File.Exists(bundle.Rootfs + "/count") && int.TryParse(File.ReadAllText(bundle.Rootfs + "/count"), out int count) ? count : 0;
}
