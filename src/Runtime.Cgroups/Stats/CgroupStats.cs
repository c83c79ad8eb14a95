namespace Runtime.Cgroups.Stats;

/// <summary>What a cgroup has used, at one moment. A section is null where its controller is not enabled.</summary>
public sealed class CgroupStats
{
    /// <summary>CPU time; there without the controller too, but for the throttling.</summary>
    public CpuStats Cpu { get; internal set; }

    /// <summary>The CPUs and memory nodes that may be used, as lists.</summary>
    public CpusetStats? Cpuset { get; internal set; }

    /// <summary>Memory.</summary>
    public MemoryStats? Memory { get; internal set; }

    /// <summary>Number of tasks.</summary>
    public PidsStats? Pids { get; internal set; }

    /// <summary>Block I/O, by device.</summary>
    public List<IoStats> Io { get; } = [];

    /// <summary>Pressure on I/O; null where the kernel does not measure it.</summary>
    public PressureStats? IoPressure { get; internal set; }

    /// <summary>Huge pages, by size as <c>2MB</c>.</summary>
    public List<HugetlbStats> Hugetlb { get; } = [];

    /// <summary>RDMA devices.</summary>
    public List<RdmaStats> Rdma { get; } = [];
}

/// <summary>cpu.stat and cpu.pressure. Times are nanoseconds.</summary>
/// <param name="Total">CPU time in all.</param>
/// <param name="User">In user mode.</param>
/// <param name="Kernel">In kernel mode.</param>
/// <param name="Periods">Periods of the quota that went by.</param>
/// <param name="ThrottledPeriods">Those in which the quota was used up.</param>
/// <param name="ThrottledTime">Time that tasks waited for the next period.</param>
/// <param name="Pressure">Null where the kernel does not measure it.</param>
public readonly record struct CpuStats(
    ulong Total, ulong User, ulong Kernel, ulong Periods, ulong ThrottledPeriods, ulong ThrottledTime, PressureStats? Pressure);

/// <summary>cpuset.cpus.effective and cpuset.mems.effective, as lists such as <c>0-3,7</c>.</summary>
/// <param name="Cpus">CPUs.</param>
/// <param name="Mems">Memory nodes.</param>
public sealed record CpusetStats(string Cpus, string Mems);

/// <summary>Usage and limit of memory or swap, in bytes; <see cref="ulong.MaxValue"/> is no limit.</summary>
/// <param name="Usage">Now.</param>
/// <param name="Limit">At most.</param>
/// <param name="Peak">The most there was; 0 where the kernel does not say (memory.peak: Linux 5.19, memory.swap.peak: 6.5).</param>
/// <param name="Failures">How often the limit was hit.</param>
public readonly record struct MemoryUsage(ulong Usage, ulong Limit, ulong Peak, ulong Failures);

/// <summary>Files memory.*.</summary>
/// <param name="Memory">Memory without swap.</param>
/// <param name="Swap">Swap without memory.</param>
/// <param name="Stat">Text of memory.stat: a name and a number on each line.</param>
/// <param name="OomKills">Processes that the OOM killer took, memory.events.</param>
/// <param name="Pressure">Null where the kernel does not measure it.</param>
public sealed record MemoryStats(MemoryUsage Memory, MemoryUsage Swap, byte[] Stat, ulong OomKills, PressureStats? Pressure)
{
    /// <summary>A number of memory.stat; 0 where it has none of the name.</summary>
    public ulong this[ReadOnlySpan<byte> name] => FlatKeyed.Value(Stat, name);
}

/// <summary>pids.current and pids.max.</summary>
/// <param name="Current">Tasks now.</param>
/// <param name="Limit">At most; <see cref="ulong.MaxValue"/> is no limit.</param>
public readonly record struct PidsStats(ulong Current, ulong Limit);

/// <summary>A line of io.stat.</summary>
/// <param name="Major">The device's major number.</param>
/// <param name="Minor">The device's minor number.</param>
/// <param name="ReadBytes">Bytes read.</param>
/// <param name="WrittenBytes">Bytes written.</param>
/// <param name="DiscardedBytes">Bytes discarded.</param>
/// <param name="Reads">Read operations.</param>
/// <param name="Writes">Write operations.</param>
/// <param name="Discards">Discard operations.</param>
public readonly record struct IoStats(
    ulong Major, ulong Minor, ulong ReadBytes, ulong WrittenBytes, ulong DiscardedBytes, ulong Reads, ulong Writes, ulong Discards);

/// <summary>Files hugetlb.SIZE.*, in bytes.</summary>
/// <param name="PageSize">As <c>2MB</c>.</param>
/// <param name="Usage">Now.</param>
/// <param name="Limit">At most; <see cref="ulong.MaxValue"/> is no limit.</param>
/// <param name="Failures">How often the limit was hit.</param>
public readonly record struct HugetlbStats(string PageSize, ulong Usage, ulong Limit, ulong Failures);

/// <summary>A line of rdma.current.</summary>
/// <param name="Device">Name of the device.</param>
/// <param name="Handles">HCA handles in use.</param>
/// <param name="Objects">HCA objects in use.</param>
public readonly record struct RdmaStats(string Device, ulong Handles, ulong Objects);
