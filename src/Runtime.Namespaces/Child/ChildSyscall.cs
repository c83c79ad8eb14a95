using System.Runtime;
using System.Runtime.CompilerServices;

namespace Runtime.Namespaces.Child;

/// <summary>
/// The only way into the kernel for the code between clone3(2) and execve(2). A call here is a plain call of libc's
/// syscall(2), with no transition to unmanaged code around it: such a transition tests the garbage collector's trap
/// flag on its way back, and in a copy of a process whose other threads are gone nobody would ever answer it.
/// The managed calling convention for integers is the platform's own on x86_64 (System V) and arm64 (AAPCS64).
/// Only NativeAOT resolves the import; elsewhere the method cannot be called.
/// </summary>
internal static unsafe class ChildSyscall
{
    /// <summary>The result, or the negated errno.</summary>
    public static long Call(int number, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0, long a5 = 0)
    {
        nint result = LibcSyscall(number, (nint)a0, (nint)a1, (nint)a2, (nint)a3, (nint)a4, (nint)a5);
        // SAFETY: libc returns the address of the thread's own errno, which is valid as long as the thread runs.
        return result == -1 ? -*ErrnoLocation() : result;
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "syscall")]
    private static extern nint LibcSyscall(nint number, nint a0, nint a1, nint a2, nint a3, nint a4, nint a5);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "__errno_location")]
    private static extern int* ErrnoLocation();
}
