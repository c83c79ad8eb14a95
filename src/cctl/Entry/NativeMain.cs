using System.Runtime;
using System.Runtime.CompilerServices;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Cctl.Entry;

/// <summary>
/// The C main of the executable (the linker puts it in the place of NativeAOT's own, --wrap=main). It runs before the
/// .NET runtime initialises, which is what makes the second start that sealing takes cheap: the first start ends here,
/// after half a dozen system calls. Nothing in it may allocate, throw, or need a static constructor.
/// </summary>
internal static unsafe class NativeMain
{
    [RuntimeExport("__wrap_main")]
    private static int Start(int argc, byte** argv, byte** envp)
    {
        RecordLimits();
        if (EntersGuests(argc, argv))
        {
            Seal.Ensure(argv, envp);
        }

        return RealMain(argc, argv, envp);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RecordLimits()
    {
        rlimit64 limit = default;
        if (EarlySyscall.Call(SyscallNumber.prlimit64, 0, RLIMIT_NOFILE, 0, (long)(&limit)) == 0)
        {
            Startup.Record(limit);
        }
    }

    /// <summary>Whether a command is named that brings this process into a guest. One too many costs half a millisecond.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool EntersGuests(int argc, byte** argv)
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
