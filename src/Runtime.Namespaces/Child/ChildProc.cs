using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Child;

/// <summary>
/// A procfs shows the pid namespace of the process that opens it (before Linux 6.17, which can be told another). The
/// processes of a joined namespace see that process, and may trace it: so it is the child of one outside that has let go of
/// all first. What they see has a copy of the guest's root, one end of a socket, and nothing of the host in its memory.
/// </summary>
// SAFETY: every pointer is to a local of a frame that is live until the call returns, and every length that the kernel gets is
// the size of that local. The context is the plan's.
internal static unsafe class ChildProc
{
    // As little-endian words: no string of the executable's data is at hand where memory has been cleared.
    private const ulong ProcName = 0x636f7270; // "proc"
    private const ulong DotName = 0x2e; // "."
    private const int RightsBytes = 24;

    /// <summary>The filesystem context's fd, or the negated errno.</summary>
    public static long Open(ChildContext* context, long pidNamespace, long root)
    {
        int* pair = stackalloc int[2];
        long result = ChildSyscall.Call(SyscallNumber.socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, (long)pair);
        if (result < 0)
        {
            return result;
        }

        var arguments = new clone_args { exit_signal = SIGCHLD };
        long pid = ChildSyscall.Call(SyscallNumber.clone3, (long)(&arguments), sizeof(clone_args));
        if (pid == 0)
        {
            ChildInterpreter.Exit((int)-Prepare(context, pidNamespace, root, pair[1]));
        }

        ChildSyscall.Call(SyscallNumber.close, pair[1]);
        result = pid < 0 ? pid : Receive(pair[0]);
        ChildSyscall.Call(SyscallNumber.close, pair[0]);
        if (pid > 0)
        {
            var info = default(siginfo_wait);
            ChildInterpreter.Retry(SyscallNumber.waitid, P_PID, pid, (long)(&info), WEXITED, 0, 0);
            result = result >= 0 ? result : info.si_code == CLD_EXITED && info.si_status != 0 ? -info.si_status : result;
        }

        return result;
    }

    /// <summary>
    /// Outside the namespace still: lets go of everything, and makes the process that is seen. Its root is a detached copy of
    /// the guest's: that one is mounted in the host's tree until pivot_root(2), and `..` leads out of it.
    /// </summary>
    private static long Prepare(ChildContext* context, long pidNamespace, long root, int socket)
    {
        ulong dot = DotName;
        ulong empty = 0;
        long result = ChildSyscall.Call(SyscallNumber.open_tree, root, (long)(&empty), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
        result = result < 0 ? result : ChildSyscall.Call(SyscallNumber.fchdir, result);
        result = result < 0 ? result : ChildSyscall.Call(SyscallNumber.chroot, (long)(&dot));
        result = result < 0 ? result : ChildInterpreter.CloseOthers(0, socket, pidNamespace, -1, -1, -1);
        result = result < 0 ? result : KeepOneCapability();
        if (result < 0)
        {
            return result;
        }

        ChildInterpreter.Forget(context, context->Blob, context->BlobLength);
        result = ChildSyscall.Call(SyscallNumber.setns, pidNamespace, (long)CLONE_NEWPID);
        if (result < 0)
        {
            return result;
        }

        ChildSyscall.Call(SyscallNumber.close, pidNamespace);
        var arguments = new clone_args { exit_signal = SIGCHLD };
        long pid = ChildSyscall.Call(SyscallNumber.clone3, (long)(&arguments), sizeof(clone_args));
        if (pid == 0)
        {
            ulong name = ProcName;
            long fd = ChildSyscall.Call(SyscallNumber.fsopen, (long)(&name), FSOPEN_CLOEXEC);
            ChildInterpreter.Exit((int)-(fd < 0 ? fd : Send(socket, (int)fd)));
        }

        if (pid < 0)
        {
            return pid;
        }

        var info = default(siginfo_wait);
        ChildInterpreter.Retry(SyscallNumber.waitid, P_PID, pid, (long)(&info), WEXITED, 0, 0);
        return info.si_code == CLD_EXITED ? -info.si_status : -(int)Errno.EINTR;
    }

    /// <summary>CAP_SYS_ADMIN, which setns(2) and fsopen(2) take.</summary>
    private static long KeepOneCapability()
    {
        var header = new cap_user_header { version = _LINUX_CAPABILITY_VERSION_3 };
        cap_user_data* data = stackalloc cap_user_data[2];
        data[0] = new cap_user_data { effective = 1u << CAP_SYS_ADMIN, permitted = 1u << CAP_SYS_ADMIN };
        data[1] = default;
        return ChildSyscall.Call(SyscallNumber.capset, (long)(&header), (long)data);
    }

    private static long Send(int socket, int fd)
    {
        byte* control = stackalloc byte[RightsBytes];
        *(cmsghdr*)control = new cmsghdr { cmsg_len = 20, cmsg_level = SOL_SOCKET, cmsg_type = SCM_RIGHTS };
        *(int*)(control + sizeof(cmsghdr)) = fd;
        byte one = 1;
        var io = new iovec { iov_base = &one, iov_len = 1 };
        var message = new msghdr { msg_iov = &io, msg_iovlen = 1, msg_control = control, msg_controllen = RightsBytes };
        long result = ChildInterpreter.Retry(SyscallNumber.sendmsg, socket, (long)(&message), MSG_NOSIGNAL, 0, 0, 0);
        return result < 0 ? result : 0;
    }

    private static long Receive(int socket)
    {
        byte* control = stackalloc byte[RightsBytes];
        byte one = 0;
        var io = new iovec { iov_base = &one, iov_len = 1 };
        var message = new msghdr { msg_iov = &io, msg_iovlen = 1, msg_control = control, msg_controllen = RightsBytes };
        long result = ChildInterpreter.Retry(SyscallNumber.recvmsg, socket, (long)(&message), MSG_CMSG_CLOEXEC, 0, 0, 0);
        return result < 0 ? result : result == 0 || message.msg_controllen < 20 ? -(int)Errno.EPIPE : *(int*)(control + sizeof(cmsghdr));
    }
}
