using System.Runtime.CompilerServices;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Terminals;

/// <summary>
/// Which signals a foreground <c>run</c> passes on, and how they are kept from ending cctl instead: they are blocked in
/// every thread and read from a signalfd(2). A signal that one thread does not block is delivered to that thread.
/// </summary>
public static class GuestSignals
{
    // Not among them: KILL and STOP cannot be blocked; CHLD and URG are between cctl and the kernel; PIPE is ignored, as a
    // write then says EPIPE; ILL, TRAP, ABRT, BUS, FPE, SEGV and SYS are about cctl's own faults; 32 and 33 are the C
    // library's, 34 is the one by which the .NET runtime stops a thread.
    // A constant: it is also used before the .NET runtime initialises, when nothing of it may have to be computed.
    private const ulong Signals = 1UL << (SIGHUP - 1) | 1UL << (SIGINT - 1) | 1UL << (SIGQUIT - 1) | 1UL << (SIGUSR1 - 1)
        | 1UL << (SIGUSR2 - 1) | 1UL << (14 /* ALRM */ - 1) | 1UL << (SIGTERM - 1) | 1UL << (16 /* STKFLT */ - 1)
        | 1UL << (SIGCONT - 1) | 1UL << (SIGTSTP - 1) | 1UL << (SIGTTIN - 1) | 1UL << (SIGTTOU - 1) | 1UL << (24 /* XCPU */ - 1)
        | 1UL << (25 /* XFSZ */ - 1) | 1UL << (26 /* VTALRM */ - 1) | 1UL << (27 /* PROF */ - 1) | 1UL << (SIGWINCH - 1)
        | 1UL << (29 /* IO */ - 1) | 1UL << (30 /* PWR */ - 1) | ulong.MaxValue << 34;

    /// <summary>The signals, as rt_sigprocmask(2) counts them: bit n−1 for signal n.</summary>
    public static ulong Set => Signals;

    /// <summary>
    /// Blocks them in all threads. Called before the guest is made, so that none is lost or ends cctl alone. The
    /// executable had them blocked while the .NET runtime made its threads, which inherited that: one system call is left.
    /// </summary>
    /// <returns>The mask before, for <see cref="Unblock"/>.</returns>
    public static ulong Block()
    {
        ulong before = Sys.SigProcMask(SIG_BLOCK, Signals);
        if (!Startup.SignalsHeldBack && (before & Signals) != Signals)
        {
            BlockInFinalizerThread();
        }

        return before;
    }

    /// <summary>Restores this thread's mask.</summary>
    public static void Unblock(ulong before) => Sys.SigProcMask(SIG_SETMASK, before);

    // Elsewhere than in the executable (tests): the runtime's one other thread runs finalizers, and only that code can
    // change its mask.
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
        ~MaskingFinalizer() => Sys.SigProcMask(SIG_BLOCK, Signals);
    }
}
