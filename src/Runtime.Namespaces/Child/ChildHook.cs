using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Child;

/// <summary>Runs a hook in the guest's namespaces (config.md, "POSIX-platform Hooks"), from the child.</summary>
// SAFETY: every pointer is to a local of a live frame with its own size beside it, or into the plan's block: HookText has
// FailureReport.LongestText bytes, and no more is read into it. The child has a copy of the stack (no CLONE_VM).
internal static unsafe class ChildHook
{
    /// <summary>
    /// 0 when the hook exited with 0; the negated errno of a failed start, ETIMEDOUT, or the hook's wait status. A hook that
    /// is the guest's own code gets the guest's filter (struct sock_fprog) with its flags; 0: none. What it writes goes to
    /// <see cref="ChildContext.HookOutput"/>, and of one that failed the end of that to <see cref="ChildContext.HookText"/>.
    /// </summary>
    public static long Run(ChildContext* context, long path, long argv, long envp, int stdin, long timeoutMilliseconds, long filter, int filterFlags)
    {
        int pidfd = -1;
        int failure = 0;
        int* pipe = stackalloc int[2];
        ChildListener.MakeChildrenWait();
        int output = context->HookOutput;
        long before = output < 0 ? 0 : ChildSyscall.Call(SyscallNumber.lseek, output, 0, SEEK_CUR);
        long result = ChildSyscall.Call(SyscallNumber.pipe2, (long)pipe, O_CLOEXEC);
        if (result < 0)
        {
            return result;
        }

        var arguments = new clone_args { flags = CLONE_PIDFD, pidfd = (ulong)(&pidfd), exit_signal = SIGCHLD };
        long pid = ChildSyscall.Call(SyscallNumber.clone3, (long)(&arguments), sizeof(clone_args));
        if (pid == 0)
        {
            Become(path, argv, envp, stdin, output, pipe[1], filter, filterFlags);
        }

        ChildSyscall.Call(SyscallNumber.close, pipe[1]);
        if (pid < 0)
        {
            ChildSyscall.Call(SyscallNumber.close, pipe[0]);
            return pid;
        }

        result = Wait(pidfd, timeoutMilliseconds);
        if (ChildSyscall.Call(SyscallNumber.read, pipe[0], (long)(&failure), sizeof(int)) == sizeof(int))
        {
            result = -failure;
        }

        ChildSyscall.Call(SyscallNumber.close, pipe[0]);
        ChildSyscall.Call(SyscallNumber.close, pidfd);
        if (result < 0 && output >= 0)
        {
            TakeText(context, before);
        }

        return result;
    }

    // With the few calls that the rest of this needs, too: the guest's filter may be in force.
    private static void TakeText(ChildContext* context, long before)
    {
        long end = ChildSyscall.Call(SyscallNumber.lseek, context->HookOutput, 0, SEEK_CUR);
        long from = end - before > FailureReport.LongestText ? end - FailureReport.LongestText : before;
        ChildSyscall.Call(SyscallNumber.lseek, context->HookOutput, from, 0);
        long length = ChildSyscall.Call(SyscallNumber.read, context->HookOutput, (long)context->HookText, FailureReport.LongestText);
        context->HookTextLength = length > 0 ? (int)length : 0;
    }

    private static void Become(long path, long argv, long envp, int stdin, int output, int failurePipe, long filter, int filterFlags)
    {
        ulong none = 0;
        ChildSyscall.Call(SyscallNumber.lseek, stdin, 0, 0);
        ChildSyscall.Call(SyscallNumber.dup3, stdin, 0, 0);
        if (output >= 0)
        {
            ChildSyscall.Call(SyscallNumber.dup3, output, 1, 0);
            ChildSyscall.Call(SyscallNumber.dup3, output, 2, 0);
        }

        ChildSyscall.Call(SyscallNumber.close_range, 3, uint.MaxValue, CLOSE_RANGE_CLOEXEC);
        var action = default(kernel_sigaction);
        for (int signal = 1; signal <= NSIG; signal++)
        {
            ChildSyscall.Call(SyscallNumber.rt_sigaction, signal, (long)(&action), 0, sizeof(ulong));
        }

        ChildSyscall.Call(SyscallNumber.rt_sigprocmask, SIG_SETMASK, (long)(&none), 0, sizeof(ulong));
        long result = filter == 0 ? 0 : ChildSyscall.Call(SyscallNumber.seccomp, SECCOMP_SET_MODE_FILTER, filterFlags, filter);
        int errno = (int)-(result < 0 ? result : ChildSyscall.Call(SyscallNumber.execve, path, argv, envp));
        ChildSyscall.Call(SyscallNumber.write, failurePipe, (long)(&errno), sizeof(int));
        ChildInterpreter.Exit(127);
    }

    private static long Wait(int pidfd, long timeoutMilliseconds)
    {
        var poll = new pollfd { fd = pidfd, events = POLLIN };
        var time = new timespec { tv_sec = timeoutMilliseconds / 1000, tv_nsec = (int)(timeoutMilliseconds % 1000 * 1_000_000) };
        long ready;
        do
        {
            ready = ChildSyscall.Call(SyscallNumber.ppoll, (long)(&poll), 1, timeoutMilliseconds < 0 ? 0 : (long)(&time), 0, sizeof(ulong));
        }
        while (ready == -(int)Errno.EINTR);

        if (ready == 0)
        {
            ChildSyscall.Call(SyscallNumber.pidfd_send_signal, pidfd, SIGKILL);
        }

        var info = default(siginfo_wait);
        ChildSyscall.Call(SyscallNumber.waitid, P_PIDFD, pidfd, (long)(&info), WEXITED);
        if (ready == 0)
        {
            return -(int)Errno.ETIMEDOUT;
        }

        int kind = info.si_code == CLD_EXITED ? ControlMessage.HookStatus : ControlMessage.HookStatus | ControlMessage.HookSignal;
        return info is { si_code: CLD_EXITED, si_status: 0 } ? 0 : -(kind | info.si_status);
    }
}
