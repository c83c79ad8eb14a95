namespace Runtime.Cgroups.Stats;

public sealed partial class StatsReader
{
    /// <summary>The few numbers that a table shows: ten files in the place of 25.</summary>
    public CgroupUsage ReadUsage(Cgroup cgroup)
    {
        _cgroup = cgroup.Directory.Number;
        ulong? memory = Optional("memory.current"), memoryLimit = null;
        if (memory is { } current)
        {
            TryRead("memory.stat", out ReadOnlySpan<byte> stat);
            memory = current - Math.Min(current, FlatKeyed.Value(stat, "inactive_file"u8));
            memoryLimit = Bounded(Limit("memory.max"));
        }

        ulong? pids = Optional("pids.current");
        (ulong? read, ulong? written) = ReadIoTotal();
        return new CgroupUsage(
            CpuTime(),
            memory,
            memoryLimit,
            read,
            written,
            pids,
            pids is null ? null : Bounded(Limit("pids.max")),
            Pressure("cpu.pressure")?.Some.Avg10,
            Pressure("memory.pressure")?.Some.Avg10,
            Pressure("io.pressure")?.Some.Avg10);
    }

    /// <summary>CPU time since the cgroup began, in nanoseconds.</summary>
    public ulong ReadCpuTime(Cgroup cgroup)
    {
        _cgroup = cgroup.Directory.Number;
        return CpuTime();
    }

    private ulong CpuTime()
    {
        TryRead("cpu.stat", out ReadOnlySpan<byte> text);
        return FlatKeyed.Value(text, "usage_usec"u8) * 1000;
    }

    private (ulong? Read, ulong? Written) ReadIoTotal()
    {
        if (!TryRead("io.stat", out ReadOnlySpan<byte> text))
        {
            return (null, null);
        }

        ulong read = 0, written = 0;
        while (FlatKeyed.Line(ref text, out ReadOnlySpan<byte> line))
        {
            read += FlatKeyed.Pair(line, "rbytes"u8);
            written += FlatKeyed.Pair(line, "wbytes"u8);
        }

        return (read, written);
    }

    private ulong? Optional(string file) => TryRead(file, out ReadOnlySpan<byte> text) ? FlatKeyed.Number(text) : null;

    private static ulong? Bounded(ulong limit) => limit == ulong.MaxValue ? null : limit;
}
