using System.Runtime;
using System.Runtime.CompilerServices;

namespace Cctl.Entry;

/// <summary>System calls before there is a .NET runtime: a plain call of libc's syscall(2).</summary>
internal static unsafe class EarlySyscall
{
    /// <summary>The result, or the negated errno.</summary>
    public static long Call(int number, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0, long a5 = 0)
    {
        nint result = LibcSyscall(number, (nint)a0, (nint)a1, (nint)a2, (nint)a3, (nint)a4, (nint)a5);
        // SAFETY: libc's address of errno; before the C library is set up EarlyStart has given it a place.
        return result == -1 ? -*ErrnoLocation() : result;
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "syscall")]
    private static extern nint LibcSyscall(nint number, nint a0, nint a1, nint a2, nint a3, nint a4, nint a5);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "__errno_location")]
    private static extern int* ErrnoLocation();
}
