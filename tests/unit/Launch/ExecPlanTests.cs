using Runtime.Linux;
using Runtime.Namespaces.Builder;
using Runtime.Namespaces.Resolution;

namespace Unit.Tests.Launch;

/// <summary>What is different for a process that enters a running guest.</summary>
public sealed class ExecPlanTests
{
    private const string Affinity = """ "execCPUAffinity": { "initial": "0-1", "final": "3" } """;

    [Fact]
    public void The_runtime_takes_the_initial_CPUs_and_the_child_the_final_ones()
    {
        Listing plan = Exec(Affinity);
        Assert.Equal(["sched_setaffinity(0, 8, {8 bytes})"], plan.From("/process/execCPUAffinity/initial"));
        Assert.Equal(["sched_setaffinity(0, 8, {8 bytes})"], plan.From("/process/execCPUAffinity/final"));
        // clone3 puts the child into the cgroup: what the runtime does is before, what the child does after.
        Assert.False(plan.Lines.Single(l => l.Pointer.EndsWith("/initial", StringComparison.Ordinal)).InGuest);
        Assert.True(plan.Lines.Single(l => l.Pointer.EndsWith("/final", StringComparison.Ordinal)).InGuest);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""" "execCPUAffinity": {} """)]
    [InlineData(""" "execCPUAffinity": { "initial": "", "final": " " } """)]
    public void Without_a_list_the_affinity_is_left_alone(string process) => Assert.Empty(Exec(process).Numbers("^sched_setaffinity"));

    [Fact]
    public void A_guests_first_process_has_none_of_it() =>
        Assert.Empty(Plans.Compile(Plans.Inputs(Plans.Config(Affinity))).Numbers("^sched_setaffinity"));

    [Fact]
    public void Scheduler_and_io_priority_hold_for_it_too()
    {
        const string Process = """ "scheduler": { "policy": "SCHED_BATCH" }, "ioPriority": { "class": "IOPRIO_CLASS_BE", "priority": 4 } """;
        Exec(Process).InOrder("^setns", "^ioprio_set", "^capset", "^execve");
        // The runtime sets it, from outside: not every policy outlives the making of the sibling.
        GuestPlan guest = LaunchPlanBuilder.Build(Inputs(Process));
        using (guest.Plan)
        {
            Assert.Equal(Abi.SCHED_BATCH, guest.Scheduler?.sched_policy);
        }
    }

    private static Listing Exec(string process) => Plans.Compile(Inputs(process));

    private static LaunchInputs Inputs(string process) =>
        Plans.Inputs(Plans.Config()) with { Resolved = ResolvedConfig.OfRunning(Plans.Config(process), "/bundle", 77), NoNewKeyring = true, Exec = new ExecTarget(77, 5, Abi.CLONE_NEWPID | Abi.CLONE_NEWNS, InChroot: false) };
}
