using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>The way into a guest that runs.</summary>
internal sealed class RunningGuestPart(PlanScope scope, ExecTarget target) : LaunchPart(scope)
{
    public void OpenRoot()
    {
        Scope.Root = Writer.NewSlot();
        Writer.From("", "open the guest's root", HintKind.Root);
        Writer.Call(Root, SyscallNumber.openat, HostProc, Writer.Text($"{target.InitPid}/root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
    }

    public void Enter()
    {
        Writer.From("/linux/namespaces", "enter the guest's namespaces", HintKind.NamespacePath);
        if (target.Namespaces != 0)
        {
            Writer.Call(SyscallNumber.setns, target.Pidfd, target.Namespaces);
        }

        if (Scope.Entered(CLONE_NEWUSER))
        {
            BecomeRoot();
            Writer.Call(SyscallNumber.prctl, PR_SET_DUMPABLE, 0);
        }

        Writer.From("/root/path", "enter the guest's root", HintKind.Root);
        Writer.Call(SyscallNumber.fchdir, Root);
        if (target.InChroot)
        {
            Writer.Call(SyscallNumber.chroot, Dot);
        }

        Writer.Call(SyscallNumber.chdir, Writer.Text("/"));
    }
}
