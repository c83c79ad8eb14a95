using System.Buffers.Text;
using Runtime.Linux;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups;

/// <summary>
/// The state that cgroup.events shows: whether there are processes in the cgroup or below it, and whether all of them
/// are frozen. The kernel wakes a poll(2) for POLLPRI when one of them changes.
/// </summary>
/// <param name="Populated">There is a living process in the cgroup or below it.</param>
/// <param name="Frozen">The cgroup is frozen, by its own wish or an ancestor's.</param>
public readonly record struct CgroupEvents(bool Populated, bool Frozen)
{
    internal const string FileName = "cgroup.events";

    /// <summary>Reads the state out of the file's text.</summary>
    public static CgroupEvents Parse(ReadOnlySpan<byte> text) =>
        new(Value(text, "populated "u8) == 1, Value(text, "frozen "u8) == 1);

    internal static Errno TryRead(int dirfd, out CgroupEvents events)
    {
        Span<byte> buffer = stackalloc byte[256];
        Errno errno = CgroupFile.TryRead(dirfd, FileName, buffer, out int length);
        events = Parse(buffer[..length]);
        return errno;
    }

    /// <summary>
    /// Waits for <paramref name="wanted"/> without spinning: reads, polls for POLLPRI, reads again.
    /// ETIME when the time is over, ENODEV or ENOENT when the cgroup is gone.
    /// </summary>
    internal static Errno TryWait(int dirfd, Func<CgroupEvents, bool> wanted, int timeoutMilliseconds)
    {
        Errno errno = Sys.TryOpenAt(dirfd, FileName, O_RDONLY, 0, out Fd? opened);
        if (opened is null)
        {
            return errno;
        }

        using Fd fd = opened;
        long deadline = Environment.TickCount64 + timeoutMilliseconds;
        Span<byte> buffer = stackalloc byte[256];
        Span<pollfd> polled = stackalloc pollfd[1];
        while (true)
        {
            try
            {
                if (wanted(Parse(buffer[..Sys.Read(fd.Number, buffer)])))
                {
                    return Errno.OK;
                }
            }
            catch (SyscallException e)
            {
                return e.Errno;
            }

            long left = deadline - Environment.TickCount64;
            if (left <= 0)
            {
                return Errno.ETIME;
            }

            polled[0] = new pollfd { fd = fd.Number, events = POLLPRI };
            Sys.Poll(polled, (int)left);
            Sys.Raw(SyscallNumber.lseek, fd.Number, 0, 0);
        }
    }

    private static int Value(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        int at = text.IndexOf(key);
        return at >= 0 && Utf8Parser.TryParse(text[(at + key.Length)..], out int value, out _) ? value : 0;
    }
}
