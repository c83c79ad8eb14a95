using System.Buffers.Text;
using System.Text;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.State;

/// <summary>
/// A process for longer than its pid: pids are given out again, but never with the same start time in the same boot.
/// </summary>
/// <param name="Pid">The process in this pid namespace.</param>
/// <param name="StartTicks">Clock ticks (sysconf _SC_CLK_TCK, 100 a second) from boot to its start: proc_pid_stat(5), field 22.</param>
/// <param name="BootId">/proc/sys/kernel/random/boot_id of the boot that the ticks count from.</param>
public readonly record struct ProcessIdentity(int Pid, ulong StartTicks, string BootId)
{
    /// <summary>The identity of a process that is there now.</summary>
    /// <exception cref="ContainerException">It has already ended and was reaped.</exception>
    public static ProcessIdentity Of(int pid) =>
        TryReadStat(pid, out ulong ticks, out _)
            ? new ProcessIdentity(pid, ticks, CurrentBootId())
            : throw new ContainerException($"read /proc/{pid}/stat: the process has already ended");

    /// <summary>Whether the process is there and no zombie.</summary>
    /// <exception cref="SyscallException">It cannot be known: procfs cannot be read.</exception>
    public bool IsAlive() =>
        Pid > 0 && TryReadStat(Pid, out ulong ticks, out byte state) && ticks == StartTicks && state is not ((byte)'Z' or (byte)'X')
        && BootId == CurrentBootId();

    /// <summary>
    /// pidfd_open(2) of this very process: ESRCH where it has ended, even when its pid was given to another.
    /// The identity is checked after the pidfd is open, so no reuse can slip in between. The caller owns the fd.
    /// </summary>
    /// <exception cref="SyscallException">As <see cref="IsAlive"/>.</exception>
    public Errno TryOpen(out Fd? pidfd)
    {
        pidfd = null;
        if (Pid <= 0)
        {
            return Errno.ESRCH;
        }

        Errno errno = Sys.TryPidfdOpen(Pid, out pidfd);
        if (pidfd is null)
        {
            return errno == Errno.EINVAL ? Errno.ESRCH : errno;
        }

        bool isAlive = false;
        try
        {
            isAlive = IsAlive();
        }
        finally
        {
            if (!isAlive)
            {
                pidfd.Dispose();
                pidfd = null;
            }
        }

        return isAlive ? Errno.OK : Errno.ESRCH;
    }

    /// <summary>As <see cref="TryOpen"/>, null where it has ended. The caller owns the fd.</summary>
    /// <exception cref="SyscallException">It lives, or may live, and cannot be opened.</exception>
    public Fd? TryOpenLiving()
    {
        Errno errno = TryOpen(out Fd? pidfd);
        return errno is Errno.OK or Errno.ESRCH ? pidfd : throw new SyscallException($"pidfd_open({Pid})", errno);
    }

    /// <summary>This boot's id, without the line's end; empty where procfs lacks it.</summary>
    /// <exception cref="SyscallException">It is there and cannot be read.</exception>
    public static string CurrentBootId()
    {
        const string File = "/proc/sys/kernel/random/boot_id";
        Errno errno = FileText.TryRead(AT_FDCWD, File, out byte[] bytes);
        return errno is Errno.OK or Errno.ENOENT ? Encoding.ASCII.GetString(bytes).TrimEnd() : throw new SyscallException($"read {File}", errno);
    }

    // False where there is no such process. Any other error leaves open whether there is.
    private static bool TryReadStat(int pid, out ulong startTicks, out byte state)
    {
        startTicks = 0;
        state = 0;
        string file = $"/proc/{pid}/stat";
        Errno errno = FileText.TryRead(AT_FDCWD, file, out byte[] stat);
        if (errno != Errno.OK)
        {
            bool hasEnded = errno == Errno.ESRCH || (errno == Errno.ENOENT && Sys.TryStatx(AT_FDCWD, "/proc/self/stat", 0, out _) == Errno.OK);
            return hasEnded ? false : throw new SyscallException($"read {file}", errno);
        }

        // Field 2 is the command in parentheses and may contain anything, parentheses too: count from the last one.
        ReadOnlySpan<byte> rest = stat.AsSpan()[(stat.AsSpan().LastIndexOf((byte)')') + 1)..];
        int field = 2;
        while (rest.Length > 0 && rest[0] == ' ')
        {
            rest = rest[1..];
            int end = rest.IndexOf((byte)' ');
            ReadOnlySpan<byte> value = end < 0 ? rest : rest[..end];
            field++;
            if (field == 3 && value.Length > 0)
            {
                state = value[0];
            }
            else if (field == 22)
            {
                return Utf8Parser.TryParse(value, out startTicks, out _);
            }

            rest = rest[value.Length..];
        }

        return false;
    }
}
