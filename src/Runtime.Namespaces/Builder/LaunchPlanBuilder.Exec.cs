using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

public sealed partial class LaunchPlanBuilder
{
    /// <summary>
    /// A further process in a running guest. What takes the host's procfs comes first; then all namespaces are entered at
    /// once, over the first process's pidfd (Linux 5.8), and only a sibling without any fd of the host's shows up there.
    /// </summary>
    private GuestPlan CompileExec(ExecTarget target)
    {
        _control = _writer.NewSlot();
        _runtimeControl = _writer.NewSlot();
        _newUser = false;
        bool entersUser = (target.Namespaces & CLONE_NEWUSER) != 0;
        PlaceSeccomp();
        OpenHostProc();
        OpenGuestRoot(target);
        SetInitialAffinity();
        GivePipesAsHost();

        int childStart = _writer.Count;
        ProtectChild();
        AwaitCgroup();
        SetFinalAffinity();
        SetOomScore();
        SetLabels();
        ReopenNullStreams();
        LetHostProcGo();
        EnterGuest(target, entersUser);
        JoinKeyring();
        GivePipesToUser();
        MakeConsole();
        UseTerminal();
        SetScheduling();
        SetCredentials();
        LetGoOfTheHost();
        EnterPidNamespace();
        LeadSession();
        WaitForStart();
        Execute();
        return new GuestPlan(_writer.Finish(childStart), _control, 0)
        {
            RuntimeControl = _runtimeControl,
            Siblings = _siblings,
            Scheduler = _schedulerFromOutside,
            LastSiblingIsSeen = EntersPid,
            Rlimits = CompileRlimits(),
            LimitsInside = _inputs.LimitsInside,
        };
    }

    private void OpenGuestRoot(ExecTarget target)
    {
        _root = _writer.NewSlot();
        _writer.From("", "open the guest's root", HintKind.Root);
        _writer.Call(_root, SyscallNumber.openat, _hostProc, _writer.Text($"{target.InitPid}/root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
    }

    private void EnterGuest(ExecTarget target, bool entersUser)
    {
        _writer.From("/linux/namespaces", "enter the guest's namespaces", HintKind.NamespacePath);
        if (target.Namespaces != 0)
        {
            _writer.Call(SyscallNumber.setns, target.Pidfd, target.Namespaces);
        }

        if (entersUser)
        {
            BecomeRoot();
            _writer.Call(SyscallNumber.prctl, PR_SET_DUMPABLE, 0);
        }

        _writer.From("/root/path", "enter the guest's root", HintKind.Root);
        _writer.Call(SyscallNumber.fchdir, _root);
        if (target.InChroot)
        {
            _writer.Call(SyscallNumber.chroot, Dot);
        }

        _writer.Call(SyscallNumber.chdir, _writer.Text("/"));
    }
}
