using System.Runtime.InteropServices;
using Tmds.Linux;

namespace Runtime.Linux;

/// <summary>
/// System calls, one method a call, PascalCase of its name; one file a concern. Every fd is opened close-on-exec,
/// EINTR is retried where the call allows it, and a failure throws <see cref="SyscallException"/> with the arguments.
/// Methods that begin with <c>Try</c> return the error instead, for callers that expect it.
/// </summary>
public static unsafe partial class Sys
{
    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static extern nint Syscall6(nint number, nint a0, nint a1, nint a2, nint a3, nint a4, nint a5);

    /// <summary>Any system call, for those that LibC lacks; the result, or the negated errno as the kernel returns it. See syscall(2).</summary>
    public static nint Raw(int number, nint a0 = 0, nint a1 = 0, nint a2 = 0, nint a3 = 0, nint a4 = 0, nint a5 = 0)
    {
        nint result = Syscall6(number, a0, a1, a2, a3, a4, a5);
        return result == -1 ? -Marshal.GetLastPInvokeError() : result;
    }

    /// <summary>As <see cref="Raw"/>, and again as long as a signal interrupts it.</summary>
    public static nint RawRetry(int number, nint a0 = 0, nint a1 = 0, nint a2 = 0, nint a3 = 0, nint a4 = 0, nint a5 = 0)
    {
        nint result;
        do
        {
            result = Raw(number, a0, a1, a2, a3, a4, a5);
        }
        while (result == -(int)Errno.EINTR);
        return result;
    }

    /// <summary>What a call of LibC returned, or the negated errno: as <see cref="Raw"/> has it.</summary>
    private static nint Result(long returned) => returned == -1 ? -LibC.errno : (nint)returned;

    /// <summary>As <see cref="Result"/>; whether a signal interrupted the call, and it is to be made again.</summary>
    private static bool Interrupted(long returned, out nint result)
    {
        result = Result(returned);
        return result == -(int)Errno.EINTR;
    }

    private static Errno ErrorOf(nint result) => result < 0 ? (Errno)(-(int)result) : Errno.OK;

    private static void Check(nint result, string call)
    {
        if (result < 0)
        {
            throw new SyscallException(call, ErrorOf(result));
        }
    }
}
