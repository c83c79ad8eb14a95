using System.Globalization;
using Runtime.Cgroups.Limits;
using Runtime.Linux;

namespace Runtime.Cgroups.Stats;

/// <summary>Says whether the OOM killer ended a guest, and whose limit it was.</summary>
public static class OomReport
{
    private const string Pointer = LimitList.Root + "/memory/limit";

    /// <summary>One line, with the pointer of the limit that was hit; null where the OOM killer took nobody in the cgroup.</summary>
    public static string? Explain(Cgroup cgroup)
    {
        int dirfd = cgroup.Directory.Number;
        Span<byte> text = stackalloc byte[512];
        return CgroupFile.TryRead(dirfd, "memory.events", text, out int length) == Errno.OK
            ? Explain(text[..length], CgroupFile.ReadText(dirfd, "memory.max") ?? "max", CgroupFile.ReadText(dirfd, "memory.swap.max"))
            : null;
    }

    internal static string? Explain(ReadOnlySpan<byte> events, string limit, string? swap)
    {
        // "oom" counts how often the limit of this cgroup, or of one below it, could not be kept otherwise.
        return Explain(FlatKeyed.Value(events, "oom_kill"u8), FlatKeyed.Value(events, "oom"u8) > 0, limit, swap);
    }

    /// <summary>The line for so many kills, at the guest's own limit or not; null for none.</summary>
    internal static string? Explain(ulong kills, bool own, string limit, string? swap)
    {
        if (kills == 0)
        {
            return null;
        }

        string processes = kills == 1 ? "a process" : kills.ToString(CultureInfo.InvariantCulture) + " processes";
        return !own || limit == "max"
            ? $"the kernel killed {processes} of the guest: memory ran out on the machine, or at the limit of a cgroup above"
            : $"{Pointer}: the kernel killed {processes} of the guest: it needed more than its limit of {limit} bytes{Describe(swap)}";
    }

    private static string Describe(string? swap) => swap is null or "max" or "0" ? string.Empty : $" and {swap} bytes of swap";
}
