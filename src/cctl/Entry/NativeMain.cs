using System.Runtime;
using System.Runtime.CompilerServices;
using Runtime.Linux;
using Runtime.Terminals;
using static Runtime.Linux.Abi;

namespace Cctl.Entry;

/// <summary>
/// The C main of the executable (the linker puts it in the place of NativeAOT's own, --wrap=main). It runs before the
/// .NET runtime initialises. What the process was given is recorded here, and where <see cref="EarlyStart"/> could not
/// seal the executable, that is done here. Nothing in it may allocate, throw, or need a static constructor.
/// </summary>
// SAFETY: argv is the kernel's: argc pointers to NUL-terminated strings that stay where they are. Comparing stops at the first
// byte that differs, so never behind the NUL. Other pointers are to locals, for one call.
internal static unsafe class NativeMain
{
    [RuntimeExport("__wrap_main")]
    private static int Start(int argc, byte** argv, byte** envp)
    {
        rlimit64 limit = RecordLimits();
        Startup.RecordArguments((nint)argv);
        if (EntersGuests(argc, argv))
        {
            Rlimits.RequireOpenFiles(limit, Names(argc, argv, "exec"u8) ? 255 : 1);
            if (!EarlyStart.FoundSealed)
            {
                Seal.Ensure(argv, envp);
            }

            HoldSignalsBack();
        }

        return RealMain(argc, argv, envp);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static rlimit64 RecordLimits()
    {
        rlimit64 limit = default;
        if (EarlySyscall.Call(SyscallNumber.prlimit64, 0, RLIMIT_NOFILE, 0, (long)(&limit)) == 0)
        {
            Startup.Record(limit);
            return limit;
        }

        limit.rlim_max = ulong.MaxValue;
        return limit;
    }

    /// <summary>
    /// The threads that .NET makes at its start inherit this mask, and so leave the guest's signals to the main thread.
    /// Later only a garbage collection could bring its finalizer thread to block them.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void HoldSignalsBack()
    {
        ulong set = GuestSignals.Set;
        ulong before = 0;
        if (EarlySyscall.Call(SyscallNumber.rt_sigprocmask, SIG_BLOCK, (long)(&set), (long)(&before), sizeof(ulong)) == 0)
        {
            Startup.RecordHeldBack(before);
        }
    }

    /// <summary>Whether a command is named that brings this process into a guest. One too many costs half a millisecond.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static bool EntersGuests(int argc, byte** argv)
    {
        for (int i = 1; i < argc; i++)
        {
            byte* word = argv[i];
            if (Is(word, "run"u8) || Is(word, "create"u8) || Is(word, "exec"u8) || Is(word, "restore"u8))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Names(int argc, byte** argv, ReadOnlySpan<byte> command)
    {
        for (int i = 1; i < argc; i++)
        {
            if (Is(argv[i], command))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Is(byte* word, ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < name.Length; i++)
        {
            if (word[i] != name[i])
            {
                return false;
            }
        }

        return word[name.Length] == 0;
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "__real_main")]
    private static extern int RealMain(int argc, byte** argv, byte** envp);
}
