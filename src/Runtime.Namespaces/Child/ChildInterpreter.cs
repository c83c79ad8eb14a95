using System.Runtime.CompilerServices;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Child;

/// <summary>
/// Runs a plan's operations. It allocates nothing, takes no lock, throws nothing and calls nothing but
/// <see cref="ChildSyscall"/>: between clone3(2) and execve(2) there is no .NET runtime to do it.
/// </summary>
// SAFETY: the context, its operations, slots and blob are one block that LaunchPlan made and that is mapped in both
// processes; PlanWriter gave out every index and offset in it. Every other pointer is to a local of a live frame, and the
// length beside it is its size.
internal static unsafe class ChildInterpreter
{
    // "cctlinit" in little-endian: what ps(1) shows of a process that waits.
    private const ulong CommandLine = 0x74696e696c746363;

    // More than what Live has on its own frame above its first local.
    private const int FrameBytes = 512;

    // nptl(7): the first real-time signal belongs to the C library, which does not let anybody change it.
    private const int LibcCancel = 32;

    /// <summary>The child's life: all operations from <paramref name="first"/> on. It does not return.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Live(ChildContext* context, int first)
    {
        // Nothing above this frame is ever returned to.
        byte here = 0;
        context->StackFrom = &here + FrameBytes;
        if (!Run(context, first, (int)context->Count))
        {
            Report(context);
        }

        Exit(1);
    }

    /// <summary>
    /// Runs the operations from <paramref name="first"/> up to <paramref name="end"/>; false when one failed, which
    /// <see cref="ChildContext.FailedOperation"/> then names.
    /// </summary>
    public static bool Run(ChildContext* context, int first, int end)
    {
        int at = first;
        while (at < end)
        {
            Operation* operation = context->Operations + at;
            long result = Do(context, operation);
            if (result >= 0)
            {
                if (operation->Result >= 0)
                {
                    context->Slots[operation->Result] = result;
                }

                at = operation->Next > 0 && Jumps(context, operation) ? operation->Next : at + 1;
            }
            else if (Expected(operation, (int)-result, out int target))
            {
                at = target;
            }
            else
            {
                context->FailedOperation = at;
                context->FailedErrno = (int)-result;
                return false;
            }
        }

        return true;
    }

    private static long Do(ChildContext* context, Operation* operation)
    {
        long a0 = Value(context, operation, 0);
        long a1 = Value(context, operation, 1);
        long a2 = Value(context, operation, 2);
        long a3 = Value(context, operation, 3);
        switch (operation->Code)
        {
            case OperationCode.Syscall:
                return Retry(operation->Number, a0, a1, a2, a3, Value(context, operation, 4), Value(context, operation, 5));
            case OperationCode.Set:
                return a0;
            case OperationCode.Store32:
                *(int*)a0 = (int)a1;
                return 0;
            case OperationCode.Test:
                return (*(long*)a0 & a1) == a2 ? 0 : -a3;
            case OperationCode.Load:
                return *(long*)a0 & a1;
            case OperationCode.Fail:
                return -a0;
            case OperationCode.JumpIfSet:
                return 0;
            case OperationCode.Request:
                return Request(context, (ControlKind)a0, (int)a1, (int)a2);
            case OperationCode.SwitchControl:
                context->Control = (int)a0;
                return 0;
            case OperationCode.CloneSibling:
                return CloneSibling((ulong)a0);
            case OperationCode.CloseOthers:
                return CloseOthers((uint)a0, a1, a2, a3, Value(context, operation, 4), Value(context, operation, 5));
            case OperationCode.Forget:
                return Forget(context, (byte*)a0, a1);
            case OperationCode.ResetSignals:
                return ResetSignals((ulong)a0);
            case OperationCode.Hook:
                return ChildHook.Run(context, a0, a1, a2, (int)a3, Value(context, operation, 4), Value(context, operation, 5), operation->Number);
            case OperationCode.OpenProc:
                return ChildProc.Open(context, a0, a1);
            case OperationCode.MakePath:
                return ChildPath.Make((int)a0, (byte*)a1, a2 != 0, (ulong)a3);
            case OperationCode.LoadListener:
                return ChildListener.Load(context->Control, a0, a1);
            default:
                return -(int)Errno.ENOSYS;
        }
    }

    private static long Value(ChildContext* context, Operation* operation, int index)
    {
        long value = operation->Arguments[index];
        switch ((operation->Kinds >> (index * 2)) & 3)
        {
            case (int)ArgumentKind.Slot:
                return context->Slots[value];
            case (int)ArgumentKind.Blob:
                return (long)(context->Blob + value);
            case (int)ArgumentKind.SlotAddress:
                return (long)(context->Slots + value);
            default:
                return value;
        }
    }

    // A jump that depends on a slot is taken when the slot is set; every other one is taken always.
    private static bool Jumps(ChildContext* context, Operation* operation) =>
        operation->Code != OperationCode.JumpIfSet || Value(context, operation, 0) >= 0;

    private static bool Expected(Operation* operation, int errno, out int target)
    {
        target = operation->Target0;
        if (operation->Errno0 == errno || operation->Errno0 == -1)
        {
            return true;
        }

        target = operation->Target1;
        return operation->Errno1 == errno || operation->Errno1 == -1;
    }

    internal static long Retry(int number, long a0, long a1, long a2, long a3, long a4, long a5)
    {
        long result;
        do
        {
            result = ChildSyscall.Call(number, a0, a1, a2, a3, a4, a5);
        }
        while (result == -(int)Errno.EINTR || (result == -(int)Errno.EAGAIN && number == SyscallNumber.openat2));
        return result;
    }

    private static long Request(ChildContext* context, ControlKind kind, int first, int second)
    {
        var message = new ControlMessage { Kind = kind, First = first, Second = second };
        long result = Retry(SyscallNumber.sendto, context->Control, (long)(&message), sizeof(ControlMessage), MSG_NOSIGNAL, 0, 0);
        int answer = 0;
        if (result >= 0)
        {
            result = Retry(SyscallNumber.recvfrom, context->Control, (long)(&answer), sizeof(int), 0, 0, 0);
        }

        if (result <= 0)
        {
            // The runtime is gone, or gave up and says why itself: nobody waits for this guest any more.
            Exit(1);
        }

        return answer;
    }

    /// <summary>
    /// clone(2), not clone3(2), which seccomp profiles refuse. The runtime sees by the credentials of the sibling's first
    /// message which process it is (unix(7), SCM_CREDENTIALS): this one has nothing more to say.
    /// </summary>
    private static long CloneSibling(ulong flags)
    {
        long pid = ChildSyscall.Call(SyscallNumber.clone, (long)(flags | CLONE_PARENT | SIGCHLD));
        if (pid > 0)
        {
            Exit(0);
        }

        return pid;
    }

    /// <summary>Closes every fd from <paramref name="first"/> on but these five; −1 stands for none.</summary>
    internal static long CloseOthers(uint first, long a, long b, long c, long d, long e)
    {
        while (true)
        {
            long kept = Lower(Lower(Lower(Lower(Lower(uint.MaxValue, a, first), b, first), c, first), d, first), e, first);
            if (kept > first)
            {
                long result = ChildSyscall.Call(SyscallNumber.close_range, first, kept == uint.MaxValue ? kept : kept - 1, 0);
                if (result < 0)
                {
                    return result;
                }
            }

            if (kept == uint.MaxValue)
            {
                return 0;
            }

            first = (uint)kept + 1;
        }
    }

    private static long Lower(long lowest, long fd, uint first) => fd >= first && fd < lowest ? fd : lowest;

    /// <summary>
    /// Clears what the plan needed so far, and of the stack what the runtime left there, its arguments and environment with
    /// it: /proc/PID/cmdline and environ are read from there, by everybody who sees the process.
    /// </summary>
    internal static long Forget(ChildContext* context, byte* blob, long length)
    {
        Clear(blob, length);
        if (context->StackEnd is not null)
        {
            Clear(context->StackFrom, context->StackEnd - context->StackFrom);
            if (context->CommandLineLength > sizeof(ulong))
            {
                *(ulong*)context->CommandLine = CommandLine;
            }
        }

        return 0;
    }

    // Where words are not aligned both processors do as well.
    internal static void Clear(byte* start, long length)
    {
        long at = 0;
        for (; at + sizeof(ulong) <= length; at += sizeof(ulong))
        {
            *(ulong*)(start + at) = 0;
        }

        for (; at < length; at++)
        {
            start[at] = 0;
        }
    }

    private static long ResetSignals(ulong blocked)
    {
        var action = default(kernel_sigaction);
        for (int signal = 1; signal <= NSIG; signal++)
        {
            if (signal is SIGHUP or SIGINT or LibcCancel)
            {
                // Nobody here handles them: ignored, they were by the caller (nohup(1)), and stay so, as under runc.
                continue;
            }

            ChildSyscall.Call(SyscallNumber.rt_sigaction, signal, (long)(&action), 0, sizeof(ulong));
        }

        return ChildSyscall.Call(SyscallNumber.rt_sigprocmask, SIG_SETMASK, (long)(&blocked), 0, sizeof(ulong));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Report(ChildContext* context)
    {
        FailureReport report;
        report.Message.Kind = ControlKind.Failure;
        report.Message.First = context->FailedOperation;
        report.Message.Second = context->FailedErrno;
        report.Message.Third = (int)context->Operations[context->FailedOperation].Tag;
        int length = context->HookTextLength;
        for (int i = 0; i < length; i++)
        {
            report.Text[i] = context->HookText[i];
        }

        if (context->Report is not null)
        {
            *context->Report = report.Message;
        }

        if (Retry(SyscallNumber.sendto, context->Control, (long)(&report), sizeof(ControlMessage) + length, MSG_NOSIGNAL, 0, 0) < 0)
        {
            // The guest's filter may refuse the one and allow the other.
            Retry(SyscallNumber.write, context->Control, (long)(&report), sizeof(ControlMessage) + length, 0, 0, 0);
        }
    }

    /// <summary>exit_group(2); where the guest's filter refuses that, a fault, whose signal nobody handles or blocks any more.</summary>
    internal static void Exit(int status)
    {
        while (true)
        {
            ChildSyscall.Call(SyscallNumber.exit_group, status);
            // SAFETY: the fault is what is wanted: its signal ends the process.
            *(int*)0 = status;
        }
    }
}
