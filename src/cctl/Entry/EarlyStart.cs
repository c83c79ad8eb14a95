using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Cctl.Entry;

/// <summary>
/// What the executable's entry point calls (--wrap=__libc_start_main): the first start, which only seals, ends here,
/// before the C library initialises. That would ask the processor for the sizes of its caches a hundred times over
/// (cpuid), 0.6 ms in a virtual machine. There is no thread-local storage yet and no memset: nothing here may need
/// them, but errno, which gets a place of its own.
/// </summary>
internal static unsafe class EarlyStart
{
    private const int arch_prctl = 158; // x86-64 alone has it
    private const int ARCH_SET_FS = 0x1002;

    private static ThreadBlock s_block;
    private static bool s_foundSealed;

    /// <summary>Whether this start found the executable sealed, so that nobody needs to look again.</summary>
    public static bool FoundSealed => s_foundSealed;

    [RuntimeExport("__wrap___libc_start_main")]
    private static int Start(nint main, int argc, byte** argv, nint init, nint fini, nint rtldFini, nint stackEnd)
    {
        Rlimits.RequireAddressSpace();

        // Elsewhere the thread pointer is a register that no system call sets; there main seals (NativeMain).
        if (X86Base.IsSupported && NativeMain.EntersGuests(argc, argv) && GiveErrnoAPlace())
        {
            s_foundSealed = Seal.ByMount(argv, argv + argc + 1);
        }

        return RealStart(main, argc, argv, init, fini, rtldFini, stackEnd);
    }

    /// <summary>
    /// The x86-64 ABI's thread pointer, with room below it for the variables of the executable's TLS segment; the C
    /// library sets up its own later. See arch_prctl(2).
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool GiveErrnoAPlace()
    {
        // SAFETY: a field without references of a class without a static constructor lies in .bss and never moves.
        ThreadBlock* block = (ThreadBlock*)Unsafe.AsPointer(ref s_block);
        s_block.Self = (nint)(&block->Self);
        return EarlySyscall.Call(arch_prctl, ARCH_SET_FS, block->Self) == 0;
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "__real___libc_start_main")]
    private static extern int RealStart(nint main, int argc, byte** argv, nint init, nint fini, nint rtldFini, nint stackEnd);

    [StructLayout(LayoutKind.Explicit, Size = 8192)]
    private struct ThreadBlock
    {
        [FieldOffset(6144)]
        public nint Self;
    }
}
