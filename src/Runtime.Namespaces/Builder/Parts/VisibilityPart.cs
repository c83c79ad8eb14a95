using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>
/// From the moment that a guest can see a process of ours, that process holds nothing of the host: no descriptor, nothing in
/// its memory, no right that the guest's own command will not have. Everything that needs more stands before it.
/// </summary>
internal sealed class VisibilityPart(PlanScope scope, CommandPart command, SeccompPart seccomp) : LaunchPart(scope)
{
    /// <summary>Of the descriptors only these stay: the conversation with the runtime, what `start` connects to, the hooks' state.</summary>
    public void LetGoOfTheHost()
    {
        Writer.From("", "let go of every descriptor that is not the guest's");
        Argument hookState = Scope.RunsStartContainerHooks ? Inputs.HookState : -1;
        Argument hookOutput = Scope.RunsStartContainerHooks ? Inputs.HookOutput : -1;
        Argument report = Inputs.Gate == StartGate.Socket && seccomp.ReportsByMemory ? Inputs.ReportFile : -1;
        Writer.Add(OperationCode.CloseOthers, Slot.None, 0, 3 + Inputs.ListenFds + Inputs.PreserveFds, Control, Inputs.StartSocket, hookState, hookOutput, report);
        if (Scope.IsSeen)
        {
            Writer.From("", "forget the caller's environment and all that was needed of the host");
            Writer.Add(OperationCode.Forget, Slot.None, 0, Writer.Start, command.HostsBlob);
            Scope.Empty = default;
            Scope.Dot = default;
        }
    }

    /// <summary>
    /// A pid namespace that exists takes effect for children only: so the child's sibling is made here, and goes on. Only now:
    /// the processes of that namespace see it.
    /// </summary>
    public void EnterPidNamespace()
    {
        if (Scope.EntersPid)
        {
            Writer.From("/linux/namespaces", "enter the pid namespace", HintKind.Namespace);
            GoOnAsSibling(0);
        }
    }
}
