using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

/// <summary>
/// From the moment that a guest can see a process of ours, that process holds nothing of the host: no descriptor, nothing in
/// its memory, no right that the guest's own command will not have. Everything that needs more stands before it.
/// </summary>
public sealed partial class LaunchPlanBuilder
{
    private int _siblings;

    // What the blob holds up to here is the host's; behind it is what the command needs.
    private int _hostsBlob;

    private bool EntersPid => _joinsPid || (_inputs.Exec is ExecTarget target && (target.Namespaces & CLONE_NEWPID) != 0);

    /// <summary>
    /// Whether processes of a guest may see the child before its execve(2): one that waits for `start`, one in a pid namespace
    /// that others are in, one that runs the guest's own code as a hook. The first process of a new one is alone otherwise.
    /// </summary>
    private bool IsSeen => _inputs.Gate == StartGate.Socket || _inputs.Exec is not null || (_new & CLONE_NEWPID) == 0 || RunsStartContainerHooks;

    private bool RunsStartContainerHooks => _inputs.Exec is null && _config.Hooks?.StartContainer is { Count: > 0 };

    /// <summary>Of the descriptors only these stay: the conversation with the runtime, what `start` connects to, the hooks' state.</summary>
    private void LetGoOfTheHost()
    {
        _writer.From("", "let go of every descriptor that is not the guest's");
        Argument hookState = RunsStartContainerHooks ? _inputs.HookState : -1;
        Argument hookOutput = RunsStartContainerHooks ? _inputs.HookOutput : -1;
        Argument report = _inputs.Gate == StartGate.Socket && ReportsByMemory ? _inputs.ReportFile : -1;
        _writer.Add(OperationCode.CloseOthers, Slot.None, 0, 3 + _inputs.ListenFds + _inputs.PreserveFds, _control, _inputs.StartSocket, hookState, hookOutput, report);
        if (IsSeen)
        {
            _writer.From("", "forget the caller's environment and all that was needed of the host");
            _writer.Add(OperationCode.Forget, Slot.None, 0, _writer.Start, _hostsBlob);
            _empty = default;
            _dot = default;
        }
    }

    private void JoinPidNamespace()
    {
        if (_joined.Find(JoinsLast) is JoinedNamespace joined)
        {
            Join(joined, mayFail: false);
        }
    }

    /// <summary>
    /// A pid namespace that exists takes effect for children only: so the child's sibling is made here, and goes on. Only now:
    /// the processes of that namespace see it.
    /// </summary>
    private void EnterPidNamespace()
    {
        if (EntersPid)
        {
            _writer.From("/linux/namespaces", "enter the pid namespace", HintKind.Namespace);
            GoOnAsSibling(0);
        }
    }

    private void GoOnAsSibling(ulong flags)
    {
        _siblings++;
        _writer.Add(OperationCode.CloneSibling, Slot.None, 0, flags);
        _writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, SIGKILL);
    }
}
