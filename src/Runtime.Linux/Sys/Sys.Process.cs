using System.Runtime.InteropServices;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Linux;

public static unsafe partial class Sys
{
    /// <summary>getpid(2).</summary>
    public static int GetPid() => LibC.getpid();

    /// <summary>getrandom(2) of at most 256 bytes, which the kernel gives all at once.</summary>
    public static void GetRandom(Span<byte> bytes)
    {
        // SAFETY: the span is pinned for the call.
        fixed (byte* p = bytes)
        {
            Check(RawRetry(SyscallNumber.getrandom, (nint)p, bytes.Length), $"getrandom({bytes.Length} bytes)");
        }
    }

    /// <summary>execve(2) with this process's environment; it returns only with an error.</summary>
    public static Errno TryExecve(string path, IReadOnlyList<string> arguments)
    {
        var text = new CString(path, stackalloc byte[PathBuffer]);
        nint* argv = stackalloc nint[arguments.Count + 1];
        for (int i = 0; i < arguments.Count; i++)
        {
            argv[i] = Marshal.StringToCoTaskMemUTF8(arguments[i]); // Never freed: the program takes this one's place, or the caller reports why not and ends.
        }

        argv[arguments.Count] = 0;
        // SAFETY: path, arguments and environment are native memory or on this frame until the call returns.
        fixed (byte* p = text)
        {
            return ErrorOf(Result(LibC.execve(p, (byte**)argv, OwnEnvironment())));
        }
    }

    // The kernel puts it behind the arguments and their NULL; see execve(2) and the comment at Startup.Arguments.
    private static byte** OwnEnvironment()
    {
        nint* at = (nint*)Startup.Arguments;
        if (at is null)
        {
            return null;
        }

        // SAFETY: the kernel ended the array with a null pointer, and nobody shortens it.
        while (*at != 0)
        {
            at++;
        }

        return (byte**)(at + 1);
    }

    /// <summary>getppid(2); 0 where the parent is outside of this pid namespace.</summary>
    public static int GetParentPid() => LibC.getppid();

    /// <summary>geteuid(2).</summary>
    public static uint GetEuid() => LibC.geteuid();

    /// <summary>getegid(2).</summary>
    public static uint GetEgid() => LibC.getegid();

    /// <summary>pidfd_open(2), Linux 5.3. The caller owns the fd.</summary>
    public static Errno TryPidfdOpen(int pid, out Fd? fd)
    {
        nint result = Raw(SyscallNumber.pidfd_open, pid, 0);
        fd = result >= 0 ? new Fd((int)result) : null;
        return ErrorOf(result);
    }

    /// <summary>pidfd_send_signal(2), Linux 5.1; signal 0 only asks whether the process is there.</summary>
    public static Errno TryPidfdSendSignal(int pidfd, int signal) =>
        ErrorOf(Raw(SyscallNumber.pidfd_send_signal, pidfd, signal));

    /// <summary>pidfd_getfd(2), Linux 5.6: a copy of another process's fd. The caller owns it.</summary>
    public static Errno TryPidfdGetfd(int pidfd, int targetFd, out Fd? fd)
    {
        nint result = Raw(SyscallNumber.pidfd_getfd, pidfd, targetFd, 0);
        fd = result >= 0 ? new Fd((int)result) : null;
        return ErrorOf(result);
    }

    /// <summary>waitid(2) on a child's pidfd (Linux 5.4); reaps it unless <paramref name="options"/> has WNOWAIT.</summary>
    public static Errno TryWaitPidfd(int pidfd, int options, out siginfo_wait info)
    {
        info = default;
        // SAFETY: the struct is pinned for the call.
        fixed (siginfo_wait* p = &info)
        {
            return ErrorOf(RawRetry(SyscallNumber.waitid, P_PIDFD, pidfd, (nint)p, options));
        }
    }

    /// <summary>The hard limit of another process (0: this one): prlimit(2).</summary>
    public static Errno TryGetHardLimit(int pid, int resource, out ulong hard)
    {
        var limit = default(rlimit64);
        // SAFETY: the struct lives on this frame until the call returns.
        Errno errno = TryPrlimit(pid, resource, null, &limit);
        hard = limit.rlim_max;
        return errno;
    }

    /// <summary>prlimit(2) on another process (0: this one); either limit may be null.</summary>
    public static Errno TryPrlimit(int pid, int resource, rlimit64* newLimit, rlimit64* oldLimit) =>
        ErrorOf(Raw(SyscallNumber.prlimit64, pid, resource, (nint)newLimit, (nint)oldLimit));

    /// <summary>rt_sigprocmask(2) with 64 signals; the former mask.</summary>
    public static ulong SigProcMask(int how, ulong mask)
    {
        ulong old = 0;
        // SAFETY: both masks lie on the stack for the call and have the eight bytes that it is told.
        Raw(SyscallNumber.rt_sigprocmask, how, (nint)(&mask), (nint)(&old), sizeof(ulong));
        return old;
    }

    /// <summary>The capabilities that this process has permitted, capget(2).</summary>
    public static ulong PermittedCapabilities()
    {
        var header = new cap_user_header { version = _LINUX_CAPABILITY_VERSION_3 };
        cap_user_data* data = stackalloc cap_user_data[2];
        // SAFETY: both lie on the stack for the call.
        Check(Raw(SyscallNumber.capget, (nint)(&header), (nint)data), "capget");
        return data[0].permitted | ((ulong)data[1].permitted << 32);
    }

    /// <summary>signalfd4(2) for the signals in <paramref name="mask"/>. The caller owns the fd.</summary>
    public static Fd SignalFd(ulong mask)
    {
        // SAFETY: the mask lies on the stack for the call and has the eight bytes that it is told.
        nint result = Raw(SyscallNumber.signalfd4, -1, (nint)(&mask), sizeof(ulong), SFD_CLOEXEC | SFD_NONBLOCK);
        Check(result, $"signalfd4(0x{mask:x})");
        return new Fd((int)result);
    }

    /// <summary>prctl(2).</summary>
    public static Errno TryPrctl(int option, nint arg2, nint arg3 = 0, nint arg4 = 0, nint arg5 = 0) =>
        ErrorOf(Raw(SyscallNumber.prctl, option, arg2, arg3, arg4, arg5));

    /// <summary>setns(2) on a namespace's fd, or on a pidfd with a set of CLONE_NEW* flags (Linux 5.8).</summary>
    public static Errno TrySetns(int fd, ulong flags) => ErrorOf(Result(LibC.setns(fd, (int)flags)));

    /// <summary>ioctl(2) with a number or an address as its argument.</summary>
    public static nint Ioctl(int fd, uint request, nint argument)
    {
        nint result;
        // SAFETY: the argument is what the request takes, a number or the address of a struct that the caller keeps.
        while (Interrupted(LibC.ioctl(fd, (int)request, (void*)argument), out result))
        {
        }

        return result;
    }

    /// <summary>ppoll(2), not LibC's, which loses errno, and without a signal mask; milliseconds, −1 waits for ever. The number of ready descriptors.</summary>
    public static int Poll(Span<pollfd> descriptors, int timeoutMilliseconds)
    {
        var timeout = new timespec { tv_sec = timeoutMilliseconds / 1000, tv_nsec = timeoutMilliseconds % 1000 * 1_000_000 };
        // SAFETY: array and struct are pinned for the call.
        fixed (pollfd* p = descriptors)
        {
            nint result = RawRetry(SyscallNumber.ppoll, (nint)p, descriptors.Length, timeoutMilliseconds < 0 ? 0 : (nint)(&timeout), 0, sizeof(ulong));
            Check(result, $"ppoll({descriptors.Length} descriptors)");
            return (int)result;
        }
    }

    /// <summary>Whether there is something to read from a descriptor, or it was closed, within a time.</summary>
    public static bool PollIn(int descriptor, int timeoutMilliseconds) =>
        Poll([new pollfd { fd = descriptor, events = POLLIN }], timeoutMilliseconds) > 0;

    /// <summary>pipe2(2) with O_CLOEXEC: the reading end, then the writing end. The caller owns both.</summary>
    public static (Fd Read, Fd Write) Pipe()
    {
        int* fds = stackalloc int[2];
        // SAFETY: the kernel writes two numbers, and the array has two.
        Check(Result(LibC.pipe2(fds, O_CLOEXEC)), "pipe2(O_CLOEXEC)");
        return (new Fd(fds[0]), new Fd(fds[1]));
    }
}
