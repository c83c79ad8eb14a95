using System.Runtime.InteropServices;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Linux;

public static unsafe partial class Sys
{
    /// <summary>mmap(2) of private anonymous memory, zeroed. The caller unmaps it.</summary>
    public static byte* MmapAnonymous(nuint length)
    {
        nint result = Result((nint)LibC.mmap(null, Size((ulong)length), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        Check(result, $"mmap({length})");
        // SAFETY: a new mapping of this length, and nobody else knows it.
        return (byte*)result;
    }

    /// <summary>mmap(2) of a file's beginning, shared with all who map it. The caller unmaps it.</summary>
    public static byte* MmapShared(int fd, nuint length)
    {
        nint result = Result((nint)LibC.mmap(null, Size((ulong)length), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
        Check(result, $"mmap({fd}, {length})");
        // SAFETY: a new mapping of this length; the file must be as long, or an access behind its end faults.
        return (byte*)result;
    }

    /// <summary>munmap(2) of what was mapped by a method of this class.</summary>
    public static void Munmap(byte* start, nuint length) => _ = LibC.munmap(start, Size((ulong)length));

    /// <summary>madvise(2) of whole pages. ENOMEM: there are gaps in the range; the rest of it was advised.</summary>
    public static Errno TryMadvise(nint start, nint length, int advice) =>
        // SAFETY: the kernel checks the range; the advice is what the caller answers for.
        ErrorOf(Result(LibC.madvise((void*)start, Size((ulong)length), advice)));

    /// <summary>The highest address that the C library keeps data of this thread at: its own block, or errno among its variables.</summary>
    public static nint ThreadData() => Math.Max(ThreadSelf(), ErrnoLocation());

    [DllImport("libc", EntryPoint = "pthread_self")]
    private static extern nint ThreadSelf();

    [DllImport("libc", EntryPoint = "__errno_location")]
    private static extern nint ErrnoLocation();

    /// <summary>brk(2): the end of the heap.</summary>
    public static nint HeapEnd() => Raw(SyscallNumber.brk);

    // By way of 64 bits: of an nint the package's conversion takes the lower half.
    private static size_t Size(ulong length) => (size_t)length;
}
