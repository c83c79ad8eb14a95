using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Child;

/// <summary>
/// Loads a filter with a listener (seccomp_unotify(2)). Any call may then wait for an agent who has no listener yet, also those
/// that would hand it over: so a process is made before, which shares the descriptors and not the filter, and does that.
/// </summary>
// SAFETY: every pointer is to a local of a frame that is live until the call returns, and every length is that local's size.
// The helper has a copy of the stack, not the same one (no CLONE_VM).
internal static unsafe class ChildListener
{
    // Linux's SA_NOCLDWAIT: nobody needs to wait for the helper, which would take calls that the filter may refuse. execve(2)
    // clears it.
    private const ulong NoWait = 2;

    /// <summary>The listener's fd when the runtime has it, or the negated errno.</summary>
    public static long Load(int control, long flags, long program)
    {
        // The lowest free number, which the next fd gets (open(2)).
        long number = ChildSyscall.Call(SyscallNumber.fcntl, control, F_DUPFD_CLOEXEC, 0);
        if (number < 0)
        {
            return number;
        }

        ChildSyscall.Call(SyscallNumber.close, number);
        var action = new kernel_sigaction { flags = NoWait };
        ChildSyscall.Call(SyscallNumber.rt_sigaction, SIGCHLD, (long)(&action), 0, sizeof(ulong));
        long self = ChildSyscall.Call(SyscallNumber.getpid);
        var arguments = new clone_args { flags = CLONE_FILES, exit_signal = SIGCHLD };
        long helper = ChildSyscall.Call(SyscallNumber.clone3, (long)(&arguments), sizeof(clone_args));
        if (helper == 0)
        {
            HandOver(control, number, self);
            ChildInterpreter.Exit(0);
        }

        if (helper < 0)
        {
            return helper;
        }

        long listener = ChildSyscall.Call(SyscallNumber.seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
        if (listener < 0)
        {
            return listener; // the helper ends with this process
        }

        int answer = 0;
        long result;
        do
        {
            result = ChildSyscall.Call(SyscallNumber.recvfrom, control, (long)(&answer), sizeof(int), 0, 0, 0);
        }
        while (result == -(int)Errno.EINTR);
        if (result <= 0)
        {
            ChildInterpreter.Exit(1); // the runtime is gone, or says itself why it gave up
        }

        return listener;
    }

    /// <summary>Takes back that nobody waits for children, for one that is waited for.</summary>
    public static void MakeChildrenWait()
    {
        var action = default(kernel_sigaction);
        ChildSyscall.Call(SyscallNumber.rt_sigaction, SIGCHLD, 0, (long)(&action), sizeof(ulong));
        if ((action.flags & NoWait) != 0)
        {
            action = default;
            ChildSyscall.Call(SyscallNumber.rt_sigaction, SIGCHLD, (long)(&action), 0, sizeof(ulong));
        }
    }

    private static void HandOver(int control, long number, long parent)
    {
        ChildSyscall.Call(SyscallNumber.prctl, PR_SET_PDEATHSIG, SIGKILL);

        // 0: the parent has joined a pid namespace, which its children are in and it is not, getppid(2). Another: it is gone.
        long seen = ChildSyscall.Call(SyscallNumber.getppid);
        if (seen != parent && seen != 0)
        {
            return;
        }

        var pause = new timespec { tv_nsec = 100_000 };
        while (ChildSyscall.Call(SyscallNumber.fcntl, number, F_GETFD) < 0)
        {
            if (ChildSyscall.Call(SyscallNumber.getppid) != seen)
            {
                return;
            }

            ChildSyscall.Call(SyscallNumber.ppoll, 0, 0, (long)(&pause), 0, sizeof(ulong));
        }

        Send(control, (int)number);
    }

    private static void Send(int control, int fd)
    {
        var message = new ControlMessage { Kind = ControlKind.SeccompListener };
        var io = new iovec { iov_base = &message, iov_len = sizeof(ControlMessage) };
        var rights = new Rights { Header = new cmsghdr { cmsg_len = 20, cmsg_level = SOL_SOCKET, cmsg_type = SCM_RIGHTS }, Fd = fd };
        var header = new msghdr { msg_iov = &io, msg_iovlen = 1, msg_control = &rights, msg_controllen = sizeof(Rights) };
        ChildSyscall.Call(SyscallNumber.sendmsg, control, (long)(&header), MSG_NOSIGNAL);
    }

    private struct Rights
    {
        public cmsghdr Header;
        public int Fd;
        public int Padding;
    }
}
