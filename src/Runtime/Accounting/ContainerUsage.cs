using Runtime.Cgroups.Stats;
using Runtime.State;

namespace Runtime.Accounting;

/// <summary>What a container uses at one moment.</summary>
/// <param name="Id">The container.</param>
/// <param name="Status">Whether it runs, waits or is paused.</param>
/// <param name="CpuPercent">CPU time since the last look; 100 is one CPU. Null at the first.</param>
/// <param name="Usage">Everything else; null for a container without a cgroup of its own.</param>
public sealed record ContainerUsage(string Id, ContainerStatus Status, double? CpuPercent, CgroupUsage? Usage);
