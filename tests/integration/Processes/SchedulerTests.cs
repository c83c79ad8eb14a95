using System.Runtime.InteropServices;
using Integration.Tests.Harness;
using OciSpec;
using Runtime.Linux;

namespace Integration.Tests.Processes;

/// <summary>process.scheduler (config.md, Linux process), as sched_getattr(2) shows it from outside.</summary>
[HostOnly]
public sealed class SchedulerTests
{
    private const ulong ResetOnFork = 1;
    private const ulong Reclaim = 2;
    private const ulong DeadlineOverrun = 4;

    [Fact]
    public void A_deadline_task_has_its_runtime_deadline_and_period()
    {
        Abi.sched_attr attr = Of(new() { Policy = "SCHED_DEADLINE", Runtime = 1_000_000, Deadline = 10_000_000, Period = 20_000_000 });
        Assert.Equal((Abi.SCHED_DEADLINE, 1_000_000UL, 10_000_000UL, 20_000_000UL), (attr.sched_policy, attr.sched_runtime, attr.sched_deadline, attr.sched_period));
        Assert.Equal(0UL, attr.sched_flags);
    }

    [Fact]
    public void Without_a_period_it_is_the_deadline()
    {
        Abi.sched_attr attr = Of(new() { Policy = "SCHED_DEADLINE", Runtime = 1_000_000, Deadline = 10_000_000 });
        Assert.Equal((10_000_000UL, 10_000_000UL), (attr.sched_deadline, attr.sched_period));
    }

    [Theory]
    [InlineData("SCHED_BATCH", "SCHED_FLAG_RESET_ON_FORK", ResetOnFork)]
    [InlineData("SCHED_DEADLINE", "SCHED_FLAG_RESET_ON_FORK", ResetOnFork)]
    [InlineData("SCHED_DEADLINE", "SCHED_FLAG_RECLAIM", Reclaim)]
    [InlineData("SCHED_DEADLINE", "SCHED_FLAG_DL_OVERRUN", DeadlineOverrun)]
    [InlineData("SCHED_DEADLINE", "SCHED_FLAG_RESET_ON_FORK SCHED_FLAG_RECLAIM", ResetOnFork | Reclaim)]
    public void A_flag_is_the_processes(string policy, string flags, ulong expected)
    {
        bool deadline = policy == "SCHED_DEADLINE";
        Abi.sched_attr attr = Of(new() { Policy = policy, Flags = [.. flags.Split(' ')], Runtime = deadline ? 1_000_000 : null, Deadline = deadline ? 10_000_000 : null });
        Assert.Equal(expected, attr.sched_flags);
    }

    [Fact]
    public void The_policy_or_the_nice_value_may_be_kept()
    {
        Abi.sched_attr policy = Of(new() { Policy = "SCHED_BATCH", Nice = 3, Flags = ["SCHED_FLAG_KEEP_POLICY"] });
        Assert.Equal((Abi.SCHED_OTHER, 3), (policy.sched_policy, policy.sched_nice));
        Abi.sched_attr nice = Of(new() { Policy = "SCHED_OTHER", Nice = 3, Flags = ["SCHED_FLAG_KEEP_PARAMS"] });
        Assert.Equal((Abi.SCHED_OTHER, 0), (nice.sched_policy, nice.sched_nice));
    }

    /// <summary>A pid namespace is entered by a sibling, which a deadline task cannot make, and reset-on-fork would not survive.</summary>
    [Theory]
    [InlineData("SCHED_DEADLINE", Abi.SCHED_DEADLINE)]
    [InlineData("SCHED_BATCH", Abi.SCHED_BATCH)]
    public void In_a_joined_pid_namespace_the_policy_and_its_flags_are_the_configs_too(string policy, uint expected)
    {
        using var cctl = new Cctl();
        using var other = new Bundle("/bin/sleep", "1000");
        string first = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", other.Path, first).MustSucceed();
        Abi.sched_attr attr = Of(
            new() { Policy = policy, Flags = ["SCHED_FLAG_RESET_ON_FORK"], Runtime = expected == Abi.SCHED_DEADLINE ? 1_000_000 : null, Deadline = expected == Abi.SCHED_DEADLINE ? 10_000_000 : null },
            $"/proc/{cctl.PidOf(first)}/ns/pid");
        Assert.Equal((expected, ResetOnFork), (attr.sched_policy, attr.sched_flags));
    }

    [Fact]
    public void A_nice_value_below_zero_is_set()
    {
        Abi.sched_attr attr = Of(new() { Policy = "SCHED_OTHER", Nice = -5 });
        Assert.Equal((Abi.SCHED_OTHER, -5), (attr.sched_policy, attr.sched_nice));
    }

    [Fact]
    public void What_a_deadline_task_starts_is_no_deadline_task_with_reset_on_fork()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("(set -- $(cat /proc/self/stat); shift 40; echo $1)")
            .With(c => c.Process!.Scheduler = new() { Policy = "SCHED_DEADLINE", Runtime = 9_000_000, Deadline = 10_000_000, Flags = ["SCHED_FLAG_RESET_ON_FORK"] });
        // proc_pid_stat(5): the 41st field is the policy; cat is the shell's child.
        Assert.Equal("0", cctl.RunBundle(bundle).MustSucceed().Text);
    }

    [Theory]
    [InlineData("SCHED_FLAG_UTIL_CLAMP_MIN")]
    [InlineData("SCHED_FLAG_UTIL_CLAMP_MAX")]
    public void A_kernel_without_utilization_clamping_says_so(string flag)
    {
        CommandResult result = Run(new() { Policy = "SCHED_OTHER", Flags = [flag] });
        // Without CONFIG_UCLAMP_TASK, as on most kernels, the call fails; with it the guest runs.
        Assert.True(
            result.ExitCode == 0 || result.Stderr.Contains("/process/scheduler: set the scheduler SCHED_OTHER (sched_setattr): EOPNOTSUPP: the kernel is built without utilization clamping (CONFIG_UCLAMP_TASK)", StringComparison.Ordinal),
            result.Stderr);
    }

    [Fact]
    public void A_policy_that_no_kernel_has_is_refused_and_not_replaced() =>
        Assert.Contains(
            "/process/scheduler: set the scheduler SCHED_ISO (sched_setattr): EINVAL: the kernel lacks the policy or one of the flags",
            Run(new() { Policy = "SCHED_ISO" }).MustExit(1).Stderr,
            StringComparison.Ordinal);

    private static CommandResult Run(Scheduler scheduler)
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("/bin/true").With(c => c.Process!.Scheduler = scheduler);
        return cctl.RunBundle(bundle);
    }

    private static unsafe Abi.sched_attr Of(Scheduler scheduler, string? pidNamespace = null)
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("/bin/sleep", "1000").With(c =>
        {
            c.Process!.Scheduler = scheduler;
            c.Linux!.Namespaces!.Find(n => n.Type == "pid")!.Path = pidNamespace;
        });
        string id = Cctl.NewId();
        cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        int pid = cctl.PidOf(id);
        Abi.sched_attr attr = default;
        int number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 315 : 275; // sched_getattr(2)
        // SAFETY: the struct lies on the stack for the call, which is given its size.
        Assert.Equal(0, Sys.Raw(number, pid, (nint)(&attr), sizeof(Abi.sched_attr), 0));
        return attr;
    }
}
