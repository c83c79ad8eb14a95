using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Child;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>
/// A user namespace (user_namespaces(7)) by a descriptor, with nobody in it: a child makes it, and does nothing but live in it until
/// its mappings are written and its namespace is open.
/// </summary>
public static class UserNamespace
{
    /// <summary>Makes one. The caller owns the fd, which keeps it alive.</summary>
    /// <param name="uids">The mapping of users.</param>
    /// <param name="gids">The mapping of groups.</param>
    /// <param name="parent">The pointer to the object that has uidMappings and gidMappings.</param>
    /// <exception cref="LaunchException">It could not be made or mapped.</exception>
    public static Fd Make(List<IdMapping> uids, List<IdMapping> gids, string parent)
    {
        (Fd own, Fd childs) = Sys.SocketPair(SOCK_SEQPACKET);
        using Fd control = own;
        var writer = new PlanWriter(describes: false);
        // First its copy of the runtime's end: one that was killed before the next call took effect is known by the end of the socket.
        writer.Call(SyscallNumber.close, own.Number);
        writer.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, SIGKILL);
        // Nobody answers: the child waits here until the socket is closed or it is killed.
        writer.Add(OperationCode.Request, Slot.None, 0, (int)ControlKind.Nothing);
        using LaunchPlan plan = writer.Finish(0);
        int pid = Start(plan, childs, out Fd? pidfd);
        if (pidfd is null)
        {
            throw new LaunchException(parent + "/uidMappings", "make a user namespace (clone3)", (Errno)(-pid), Hints.For(HintKind.Namespace, (Errno)(-pid)));
        }

        using Fd child = pidfd;
        try
        {
            IdMapper.Write(pid, uids, gids, parent);
            return Sys.OpenAt(AT_FDCWD, $"/proc/{pid}/ns/user", O_RDONLY);
        }
        finally
        {
            Sys.TryPidfdSendSignal(child.Number, SIGKILL);
            Sys.TryWaitPidfd(child.Number, WEXITED, out _);
        }
    }

    private static int Start(LaunchPlan plan, Fd childs, out Fd? pidfd)
    {
        using Fd child = childs;
        ulong mask = Sys.SigProcMask(SIG_SETMASK, ulong.MaxValue);
        try
        {
            InheritedMemory.Withhold(plan);
            int pid = ChildEntry.Start(plan, CLONE_NEWUSER, -1, child.Number, out int fd);
            pidfd = pid > 0 ? new Fd(fd) : null;
            return pid;
        }
        finally
        {
            Sys.SigProcMask(SIG_SETMASK, mask);
        }
    }
}
