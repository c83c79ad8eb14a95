using System.Runtime.CompilerServices;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Console;

/// <summary>
/// Which signals a foreground <c>run</c> passes on, and how they are kept from ending cctl instead: they are blocked in
/// every thread and read from a signalfd(2). A signal that one thread does not block is delivered to that thread.
/// </summary>
public static class GuestSignals
{
    // Not among them: KILL and STOP cannot be blocked; CHLD and URG are between cctl and the kernel; PIPE is ignored, as a
    // write then says EPIPE; ILL, TRAP, ABRT, BUS, FPE, SEGV and SYS are about cctl's own faults; 32 and 33 are the C
    // library's, 34 is the one by which the .NET runtime stops a thread.
    private static readonly ulong s_set = Of(SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, 14 /* ALRM */, SIGTERM, 16 /* STKFLT */)
        | Of(SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, 24 /* XCPU */, 25 /* XFSZ */, 26 /* VTALRM */, 27 /* PROF */)
        | Of(SIGWINCH, 29 /* IO */, 30 /* PWR */)
        | (ulong.MaxValue << 34);

    /// <summary>The signals, as rt_sigprocmask(2) counts them: bit n−1 for signal n.</summary>
    public static ulong Set => s_set;

    /// <summary>
    /// Blocks them in all threads. Called before the guest is made, so that none is lost or ends cctl alone. Where they
    /// were blocked before the .NET runtime made its threads, which then inherited that, this is one system call.
    /// </summary>
    /// <returns>The mask before, for <see cref="Unblock"/>.</returns>
    public static ulong Block()
    {
        ulong before = Sys.SigProcMask(SIG_BLOCK, s_set);
        if ((before & s_set) != s_set)
        {
            BlockInFinalizerThread();
        }

        return before;
    }

    /// <summary>Restores this thread's mask.</summary>
    public static void Unblock(ulong before) => Sys.SigProcMask(SIG_SETMASK, before);

    private static ulong Of(params ReadOnlySpan<int> signals)
    {
        ulong set = 0;
        foreach (int signal in signals)
        {
            set |= 1UL << (signal - 1);
        }

        return set;
    }

    // The runtime's one other thread runs finalizers, and only that code can change its mask.
    private static void BlockInFinalizerThread()
    {
        MakeGarbage();
        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        GC.WaitForPendingFinalizers();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MakeGarbage() => GC.KeepAlive(new MaskingFinalizer());

    private sealed class MaskingFinalizer
    {
        ~MaskingFinalizer() => Sys.SigProcMask(SIG_BLOCK, s_set);
    }
}
