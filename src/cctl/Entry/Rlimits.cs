using System.Runtime.CompilerServices;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Cctl.Entry;

/// <summary>
/// Rlimits of the process below which nobody could say what is wrong later: without address space .NET dies at its start
/// without a word, and without descriptors a launch fails wherever it happens to need one. As all of the entry, it may
/// not allocate, throw, or need a static constructor; before the C library it must not need errno either.
/// </summary>
// SAFETY: the struct lies on the stack for the call; the messages are constants of the executable, which do not move.
internal static unsafe class Rlimits
{
    private const int RLIMIT_AS = 9;
    private const ulong LeastAddressSpace = 96 << 20;
    private const ulong LeastOpenFiles = 16;

    /// <summary>Ends the process with a message where RLIMIT_AS (ulimit -v) leaves too little.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void RequireAddressSpace()
    {
        rlimit64 limit = default;
        if (EarlySyscall.Call(SyscallNumber.prlimit64, 0, RLIMIT_AS, 0, (long)(&limit)) == 0 && limit.rlim_cur < LeastAddressSpace)
        {
            Refuse("cctl: the limit of address space (ulimit -v) is below 96 MiB, which cctl itself takes: raise it (ulimit -v 131072 or unlimited)\n"u8, 1);
        }
    }

    /// <summary>Ends the process with a message where RLIMIT_NOFILE (ulimit -n) leaves too little to make a guest, with the command's status.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void RequireOpenFiles(rlimit64 limit, int status)
    {
        // .NET raises the soft limit to the hard one.
        if (limit.rlim_max < LeastOpenFiles)
        {
            Refuse("cctl: the limit of open files (ulimit -n) is below 16, which a guest takes at least to be made: raise it (ulimit -n 1024)\n"u8, status);
        }
    }

    private static void Refuse(ReadOnlySpan<byte> message, int status)
    {
        fixed (byte* text = message)
        {
            EarlySyscall.Call(SyscallNumber.write, 2, (long)text, message.Length);
        }

        EarlySyscall.Call(SyscallNumber.exit_group, status);
    }
}
