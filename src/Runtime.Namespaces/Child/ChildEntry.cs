using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Child;

/// <summary>The fork in the road: the runtime's operations, clone3(2), and in the child everything after it.</summary>
internal static unsafe class ChildEntry
{
    /// <summary>
    /// Runs the plan. Returns in the parent only: the child's pid; 0 when an operation before the clone failed (the plan
    /// tells which); the negated errno of clone3(2).
    /// </summary>
    public static int Start(LaunchPlan plan, ulong flags, int cgroup, int control, out int pidfd)
    {
        ChildContext* context = plan.Context;
        context->Control = control;
        int childStart = plan.ChildStart;
        pidfd = -1;
        if (!ChildInterpreter.Run(context, 0, childStart))
        {
            return 0;
        }

        int fd = -1;
        var arguments = new clone_args
        {
            flags = flags | CLONE_PIDFD | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
            pidfd = (ulong)(&fd),
            exit_signal = SIGCHLD,
            cgroup = cgroup >= 0 ? (ulong)cgroup : 0,
        };
        // SAFETY: the child is a copy of this one thread. It touches this frame, the plan and the kernel, nothing else; of
        // the collector's heap it has not even a copy (InheritedMemory).
        long pid = ChildSyscall.Call(SyscallNumber.clone3, (long)(&arguments), sizeof(clone_args));
        if (pid == 0)
        {
            ChildInterpreter.Live(context, childStart);
        }

        pidfd = fd;
        return (int)pid;
    }
}
