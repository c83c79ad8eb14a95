using Runtime.Linux;
using Runtime.Namespaces.Builder.Parts;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

/// <summary>
/// A further process in a running guest. What takes the host's procfs comes first; then all namespaces are entered at
/// once, over the first process's pidfd (Linux 5.8), and only a sibling without any fd of the host's shows up there.
/// </summary>
internal sealed class ExecPlanBuilder(PlanScope scope, ExecTarget target)
{
    /// <summary>The order of an exec.</summary>
    public GuestPlan Compile()
    {
        var hostProc = new HostProcPart(scope);
        var child = new ChildPart(scope);
        var guest = new RunningGuestPart(scope, target);
        var affinity = new AffinityPart(scope);
        var pipes = new PipesPart(scope);
        var labels = new LabelsPart(scope);
        var console = new ConsolePart(scope, devices: null);
        var scheduling = new SchedulingPart(scope);
        var limits = new RlimitsPart(scope);
        var seccomp = new SeccompPart(scope);
        var command = new CommandPart(scope);
        var start = new StartPart(scope, seccomp);
        var visibility = new VisibilityPart(scope, command, seccomp);

        seccomp.Place();
        hostProc.Open();
        guest.OpenRoot();
        affinity.SetInitial();
        pipes.GiveAsHost();

        int childStart = scope.Writer.Count;
        child.Protect();
        child.AwaitCgroup();
        affinity.SetFinal();
        new KernelSettingsPart(scope).SetOomScore();
        labels.Set();
        new NullStreamsPart(scope, nodes: null).Reopen();
        hostProc.Release();
        guest.Enter();
        labels.JoinKeyring();
        pipes.GiveToUser();
        console.Make();
        console.Use();
        scheduling.Set();
        new CredentialsPart(scope, command, seccomp, start).Set();

        visibility.LetGoOfTheHost();
        visibility.EnterPidNamespace();
        console.LeadSession();
        start.Wait();
        limits.SetInside();
        command.Execute(seccomp);
        return new GuestPlan(scope.Writer.Finish(childStart), scope.Control, 0)
        {
            RuntimeControl = scope.RuntimeControl,
            Siblings = scope.Siblings,
            Scheduler = scheduling.FromOutside,
            LastSiblingIsSeen = scope.EntersPid,
            Rlimits = limits.Compile(),
            ChildSetsRlimits = scope.Inputs.ChildSetsRlimits,
        };
    }
}
