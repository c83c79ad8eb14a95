using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromGuest;

/// <summary>
/// A guest that may write to its cgroup makes of it what it likes: deep, frozen, threaded, hidden. ps, exec, kill and
/// delete go on as ever.
/// </summary>
public sealed class GuestCgroupTests : IDisposable
{
    private const string Go = "cd /sys/fs/cgroup; ";
    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();
    private int _descriptors = 1024;

    private string Cgroup => $"{Leftovers.CgroupMount}/cctl/{_id}";

    public void Dispose() => _cctl.Dispose();

    [Fact]
    [HostOnly]
    public void Cgroups_nested_1500_deep_need_no_more_descriptors_than_one()
    {
        const string Nest = Go + "i=0; while [ $i -lt 1500 ]; do mkdir n && cd -P n || exit 1; i=$((i+1)); done; sleep 1000 & echo $! >cgroup.procs; echo up; wait";
        using Bundle bundle = Writable(Nest);
        using RunningCommand running = Start(bundle, "up");
        AssertCommandsWork(processes: 2);
        Delete();
    }

    [Fact]
    public void Cgroups_whose_names_are_no_text_are_removed_too()
    {
        using Bundle bundle = Writable(Go + "d=$(printf 'a\\377\\200'); mkdir \"$d\" \"$d/b\"; sleep 1000 & echo $! >\"$d/b/cgroup.procs\"; echo up; wait");
        using RunningCommand running = Start(bundle, "up");
        AssertCommandsWork(processes: 2);
        Delete();
    }

    [Fact]
    public void Frozen_cgroups_hold_nobody_up()
    {
        using Bundle bundle = Writable(Go + "mkdir f f/g; sleep 1000 & echo $! >f/g/cgroup.procs; echo 1 >f/g/cgroup.freeze; echo 1 >f/cgroup.freeze; echo up; wait");
        using RunningCommand running = Start(bundle, "up");
        AssertCommandsWork(processes: 2);
        _cctl.Run("kill", "--all", _id, "KILL").MustSucceed();
        running.Wait(Place.Deadline(20));
        AssertGone();
    }

    [Fact]
    public void Threaded_cgroups_and_those_that_they_make_invalid_hide_no_process()
    {
        using Bundle bundle = Writable(Go + "mkdir t t/u i; sleep 1000 & a=$!; echo threaded >t/cgroup.type && echo threaded >t/u/cgroup.type && echo $a >t/u/cgroup.procs && cat i/cgroup.type && echo up; wait");
        using RunningCommand running = Start(bundle, "domain invalid\nup");
        AssertCommandsWork(processes: 2);
        Delete();
    }

    [Fact]
    public void A_first_process_that_was_frozen_where_it_hid_lets_others_in()
    {
        using Bundle bundle = Writable(Go + "mkdir init other; sleep 1000 & echo $! >other/cgroup.procs; echo 1 >init/cgroup.procs; " + Enable + "sh -c 'echo $$ >other/cgroup.procs; echo 1 >init/cgroup.freeze; echo up; exec sleep 1000' & wait");
        using RunningCommand running = Start(bundle, "up");
        Assert.Equal("/cctl-exec", Entered());

        // The name is the guest's to take, too.
        File.WriteAllText(Cgroup + "/cctl-exec/cgroup.freeze", "1");
        Assert.Equal("/cctl-exec-1", Entered());
        Delete();
    }

    [Fact]
    public void A_first_process_that_is_nested_deeper_than_a_path_is_long_does_not_lead_others_out_of_the_container()
    {
        const string Nest = "n=$(printf %0200d 0); i=0; while [ $i -lt 25 ]; do mkdir $n && cd -P $n || exit 1; i=$((i+1)); done; echo 1 >cgroup.procs; cd /sys/fs/cgroup; ";
        using Bundle bundle = Writable(Go + "mkdir other; " + Nest + Enable + "echo up; sleep 1000");
        using RunningCommand running = Start(bundle, "up");
        Assert.Equal("/cctl-exec", Entered());
        AssertCommandsWork(processes: 1);
        Delete();
    }

    [Fact]
    [VmOnly]
    public void A_scope_is_taken_down_whatever_was_made_in_it()
    {
        const string Nest = Go + "i=0; while [ $i -lt 200 ]; do mkdir n && cd -P n || exit 1; i=$((i+1)); done; sleep 1000 & echo $! >cgroup.procs; echo 1 >cgroup.freeze; echo up; wait";
        _descriptors = 128;
        using Bundle bundle = Writable(Nest).With(c => c.Linux!.CgroupsPath = "system.slice:cctl:" + _id);
        using RunningCommand running = _cctl.Command("--systemd-cgroup", "run", "--bundle", bundle.Path, _id).Start();
        running.WaitForOutput("up", Place.Deadline(30));
        AssertCommandsWork(processes: 2);
        Delete();
        Assert.False(Directory.Exists($"{Leftovers.CgroupMount}/system.slice/cctl-{_id}.scope"));
    }

    /// <summary>More processes than descriptors: a signal reaches them all.</summary>
    [Fact]
    [HostOnly]
    public void A_signal_reaches_more_processes_than_there_are_descriptors()
    {
        using Bundle bundle = Writable("i=0; while [ $i -lt 600 ]; do sleep 1000 & i=$((i+1)); done; trap 'echo got it; exit 0' USR1; echo up; while :; do wait; done");
        using RunningCommand running = Start(bundle, "up");
        Limited(400, "kill", "--all", _id, "USR1").MustSucceed();
        Assert.Equal(0, running.Wait(Place.Deadline(20)).ExitCode);
    }

    // Any controller that is there, so that the kernel lets no process into the container's own cgroup any more.
    private const string Enable = "for c in $(cat cgroup.controllers); do echo +$c >cgroup.subtree_control 2>/dev/null; done; ";

    private static Bundle Writable(string script) => Bundle.Script(script).With(c => c.Mounts!.Find(m => m.Type == "cgroup")!.Options!.Remove("ro"));

    private RunningCommand Start(Bundle bundle, string output)
    {
        RunningCommand running = _cctl.Command("run", "--bundle", bundle.Path, _id).Start();
        running.WaitForOutput(output, Place.Deadline(30));
        return running;
    }

    private void AssertCommandsWork(int processes)
    {
        string pids = Limited(_descriptors, "ps", "--format", "json", _id).MustSucceed().Text;
        Assert.True(pids.Split(',').Length == processes, pids);
        Assert.Equal("entered", Exec("echo", "entered").MustSucceed().Text);
        Limited(_descriptors, "kill", "--all", _id, "WINCH").MustSucceed();
        Limited(_descriptors, "stats", "--no-stream", _id).MustSucceed();
    }

    private CommandResult Exec(params string[] command) => Limited(_descriptors, ["exec", _id, .. command]);

    // The host of the tests may have hierarchies of cgroup v1, too.
    private string Entered() => Exec("cat", "/proc/self/cgroup").MustSucceed().Lines.Single(l => l.StartsWith("0::", StringComparison.Ordinal))[3..];

    private void Delete()
    {
        Limited(_descriptors, "delete", "--force", _id).MustSucceed();
        AssertGone();
    }

    private void AssertGone() => Eventually.True(() => !Directory.Exists(Cgroup), Place.Deadline(10), () => Cgroup + " is left");

    private CommandResult Limited(int descriptors, params string[] arguments) =>
        Command.Run("prlimit", [$"--nofile={descriptors}:{descriptors}", Cctl.Executable, "--root", _cctl.StateRoot, .. arguments]);
}
