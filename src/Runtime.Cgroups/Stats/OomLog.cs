using System.Globalization;
using OciSpec;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups.Stats;

/// <summary>
/// The kernel's log from now on (/dev/kmsg, the kernel's document ABI/testing/dev-kmsg), for what the OOM killer did in a
/// cgroup that is gone when one asks: systemd removes a scope's as soon as it is empty.
/// </summary>
public sealed class OomLog : IDisposable
{
    private readonly Fd _log;

    private OomLog(Fd log) => _log = log;

    /// <summary>Begins at the end of the log; null where the caller may not read it (CAP_SYSLOG).</summary>
    public static OomLog? TryOpen()
    {
        if (Sys.TryOpenAt(AT_FDCWD, "/dev/kmsg", O_RDONLY | O_NONBLOCK, 0, out Fd? opened) != Errno.OK)
        {
            return null;
        }

        Sys.Raw(SyscallNumber.lseek, opened!.Number, 0, SEEK_END);
        return new OomLog(opened);
    }

    /// <summary>As <see cref="OomReport.Explain(Cgroup)"/>, from the log; null where it says nothing of the cgroup.</summary>
    /// <param name="cgroup">Its path from the root of the hierarchy.</param>
    /// <param name="limits">Gives the limits that held; asked only where there was a kill.</param>
    public string? Explain(string cgroup, Func<LinuxMemory?> limits)
    {
        ulong kills = 0;
        bool own = false;
        Span<byte> buffer = stackalloc byte[8192];
        while (TryNext(buffer, out ReadOnlySpan<byte> record))
        {
            if (IsKillIn(record, cgroup, out bool atItsLimit))
            {
                kills++;
                own |= atItsLimit;
            }
        }

        LinuxMemory? memory = kills > 0 ? limits() : null;
        string limit = memory?.Limit is > 0 and long bytes ? bytes.ToString(CultureInfo.InvariantCulture) : "max";
        string? swap = memory is { Limit: > 0 and long of, Swap: > 0 and long both } && both >= of ? (both - of).ToString(CultureInfo.InvariantCulture) : null;
        return OomReport.Explain(kills, own, limit, swap);
    }

    /// <summary>Ends the reading.</summary>
    public void Dispose() => _log.Dispose();

    /// <summary>
    /// Whether a record tells of a kill in the cgroup:
    /// <c>…;oom-kill:constraint=…,oom_memcg=/a,task_memcg=/a/b,task=…</c>, where the first is whose limit it was.
    /// </summary>
    internal static bool IsKillIn(ReadOnlySpan<byte> record, string cgroup, out bool atItsLimit)
    {
        atItsLimit = false;
        if (record.IndexOf(";oom-kill:"u8) < 0)
        {
            return false;
        }

        string killed = Value(record, ",task_memcg="u8), limited = Value(record, ",oom_memcg="u8);
        atItsLimit = limited.EndsWith(cgroup, StringComparison.Ordinal);
        return killed.EndsWith(cgroup, StringComparison.Ordinal) || killed.Contains(cgroup + "/", StringComparison.Ordinal);
    }

    private static string Value(ReadOnlySpan<byte> record, ReadOnlySpan<byte> key)
    {
        int at = record.IndexOf(key);
        if (at < 0)
        {
            return string.Empty;
        }

        record = record[(at + key.Length)..];
        int end = record.IndexOf((byte)',');
        return System.Text.Encoding.UTF8.GetString(end < 0 ? record : record[..end]);
    }

    private bool TryNext(Span<byte> buffer, out ReadOnlySpan<byte> record)
    {
        while (true)
        {
            try
            {
                record = buffer[..Sys.Read(_log.Number, buffer)];
                return record.Length > 0;
            }
            catch (SyscallException e) when (e.Errno == Errno.EPIPE)
            {
                // Records were overwritten; the next read gives the oldest that is left.
            }
            catch (SyscallException)
            {
                record = default;
                return false; // EAGAIN: the end.
            }
        }
    }
}
