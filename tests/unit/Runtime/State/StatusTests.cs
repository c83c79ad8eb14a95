using System.Diagnostics;
using Runtime.Cgroups.Drivers;
using Runtime.Linux;
using Runtime.Owned;
using Runtime.State;

namespace Unit.Tests.State;

public sealed class StatusTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();
    private readonly StateStore _store;
    private readonly Process _process = Process.Start(new ProcessStartInfo("/bin/sleep", "600"))!;

    public StatusTests() => _store = StateStore.Open(_temporary.Path);

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _store.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public void Without_a_record_it_is_creating_while_somebody_works_on_it_and_stopped_after()
    {
        ContainerDirectory creator = _store.Create("c");
        using ContainerDirectory directory = _store.OpenContainer("c");
        Assert.Equal(ContainerStatus.Creating, StatusProbe.Of(directory, null));
        creator.Dispose();
        Assert.Equal(ContainerStatus.Stopped, StatusProbe.Of(directory, null));
    }

    [Fact]
    public void A_creation_that_was_killed_is_stopped_even_to_whoever_holds_the_lock_now()
    {
        using ContainerDirectory directory = _store.Create("c");
        Assert.Equal(ContainerStatus.Stopped, StatusProbe.Of(directory, new ContainerRecord { Phase = CreationPhase.Creating }));
    }

    [Fact]
    public void It_is_created_until_nobody_holds_the_first_processs_socket_and_then_running()
    {
        using ContainerDirectory directory = _store.Create("c");
        ContainerRecord record = RecordOfLivingProcess();
        Fd held = directory.ListenForStart();
        Assert.Equal(ContainerStatus.Created, StatusProbe.Of(directory, record));
        Assert.Equal(ContainerStatus.Created, StatusProbe.Of(directory, record)); // Asking does not take it away.
        held.Dispose();
        Assert.Equal(ContainerStatus.Running, StatusProbe.Of(directory, record));
    }

    [Fact]
    public void A_first_process_that_still_sets_itself_up_is_creating_even_when_it_is_frozen()
    {
        using ContainerDirectory directory = _store.Create("c");
        ContainerRecord record = RecordOfLivingProcess();
        record.Phase = CreationPhase.Launching;
        string cgroup = Path.Combine(_temporary.Path, "cgroup");
        record.Owned.Add(new OwnedCgroup(cgroup, CgroupManager.Cgroupfs, rootless: false));
        Directory.CreateDirectory(cgroup);
        File.WriteAllText(Path.Combine(cgroup, "cgroup.freeze"), "1\n");
        Fd held = directory.ListenForStart();
        Assert.Equal(ContainerStatus.Creating, StatusProbe.Of(directory, record));
        held.Dispose();
        Assert.Equal(ContainerStatus.Paused, StatusProbe.Of(directory, record));
        Directory.Delete(cgroup, recursive: true);
        Assert.Equal(ContainerStatus.Running, StatusProbe.Of(directory, record));
    }

    [Fact]
    public void Whoever_asks_leaves_nothing_behind_that_the_first_process_would_take_for_a_start()
    {
        using ContainerDirectory directory = _store.Create("c");
        using Fd held = directory.ListenForStart();
        Assert.True(directory.InitStillWaits());
        Assert.Equal(-(int)Errno.EAGAIN, Sys.Raw(SyscallNumber.fcntl, held.Number, Abi.F_SETFL, 0x800 /* O_NONBLOCK */) < 0 ? 0 : (int)Sys.Raw(SyscallNumber.accept4, held.Number));
    }

    [Fact]
    public void Waiting_for_the_execution_ends_with_the_socket()
    {
        using ContainerDirectory directory = _store.Create("c");
        Fd held = directory.ListenForStart();
        var waiting = new Thread(directory.WaitForExecution);
        waiting.Start();
        held.Dispose();
        Assert.True(waiting.Join(TimeSpan.FromSeconds(4)), "it waited for its own deadline, not for the socket");
        Assert.False(directory.InitStillWaits());
    }

    [Fact]
    public void It_is_paused_while_its_cgroup_is_frozen()
    {
        using ContainerDirectory directory = _store.Create("c");
        ContainerRecord record = RecordOfLivingProcess();
        string cgroup = Path.Combine(_temporary.Path, "cgroup");
        record.Owned.Add(new OwnedCgroup(cgroup, CgroupManager.Cgroupfs, rootless: false));
        Directory.CreateDirectory(cgroup);
        File.WriteAllText(Path.Combine(cgroup, "cgroup.freeze"), "1\n");
        Assert.Equal(ContainerStatus.Paused, StatusProbe.Of(directory, record));
        File.WriteAllText(Path.Combine(cgroup, "cgroup.freeze"), "0\n");
        Assert.Equal(ContainerStatus.Running, StatusProbe.Of(directory, record));
        Directory.Delete(cgroup, recursive: true);
    }

    [Fact]
    public void A_pid_that_was_given_to_another_process_is_not_believed()
    {
        using ContainerDirectory directory = _store.Create("c");
        ContainerRecord record = RecordOfLivingProcess();
        record.Init = record.Init with { StartTicks = record.Init.StartTicks - 1 };
        Assert.Equal(ContainerStatus.Stopped, StatusProbe.Of(directory, record));
        Assert.Equal(Errno.ESRCH, record.Init.TryOpen(out _));
    }

    [Fact]
    public void A_process_of_another_boot_is_not_believed()
    {
        using ContainerDirectory directory = _store.Create("c");
        ContainerRecord record = RecordOfLivingProcess();
        record.Init = record.Init with { BootId = "another" };
        Assert.Equal(ContainerStatus.Stopped, StatusProbe.Of(directory, record));
    }

    [Fact]
    public void A_zombie_is_stopped()
    {
        // The shell's child ends and is never waited for, since the shell became sleep.
        using Process parent = Start("/bin/sh", "-c", "sleep 0 & echo $!; exec sleep 600");
        try
        {
            int pid = int.Parse(parent.StandardOutput.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal), 10_000));
            Assert.False(ProcessIdentity.Of(pid).IsAlive());
        }
        finally
        {
            parent.Kill();
            parent.WaitForExit();
        }
    }

    [Fact]
    public void A_process_whose_name_looks_like_its_own_fields_is_read_right()
    {
        string program = Path.Combine(_temporary.Path, "a) Z 1 (b");
        File.Copy("/bin/sleep", program);
        using Process odd = Start(program, "600");
        try
        {
            Assert.True(SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{odd.Id}/comm").StartsWith("a)", StringComparison.Ordinal), 10_000));
            ProcessIdentity identity = ProcessIdentity.Of(odd.Id);
            Assert.True(identity.IsAlive());
            Assert.True(identity.StartTicks >= ProcessIdentity.Of(_process.Id).StartTicks);
        }
        finally
        {
            odd.Kill();
            odd.WaitForExit();
        }
    }

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    private ContainerRecord RecordOfLivingProcess() =>
        new() { Id = "c", Phase = CreationPhase.Created, Init = ProcessIdentity.Of(_process.Id) };
}
