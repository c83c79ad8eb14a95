namespace Runtime.Cgroups.Stats;

/// <summary>What a person wants to know of a cgroup at a glance. A value is null where its controller is not enabled.</summary>
/// <param name="CpuNanoseconds">CPU time since the cgroup began.</param>
/// <param name="Memory">Bytes, without those of files that can be given back at once (inactive_file).</param>
/// <param name="MemoryLimit">Bytes; null is no limit.</param>
/// <param name="ReadBytes">Bytes that were read from all block devices.</param>
/// <param name="WrittenBytes">Bytes that were written to all block devices.</param>
/// <param name="Pids">Tasks now.</param>
/// <param name="PidsLimit">Tasks at most; null is no limit.</param>
/// <param name="CpuPressure">Percent of the last 10 seconds in which some task waited for a CPU.</param>
/// <param name="MemoryPressure">The same for memory.</param>
/// <param name="IoPressure">The same for I/O.</param>
public readonly record struct CgroupUsage(
    ulong CpuNanoseconds,
    ulong? Memory,
    ulong? MemoryLimit,
    ulong? ReadBytes,
    ulong? WrittenBytes,
    ulong? Pids,
    ulong? PidsLimit,
    double? CpuPressure,
    double? MemoryPressure,
    double? IoPressure);
