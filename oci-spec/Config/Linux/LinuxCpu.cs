namespace OciSpec;

/// <summary>CPU limits (config-linux.md, CPU).</summary>
[OciDocument]
public sealed class LinuxCpu
{
    /// <summary><c>shares</c>: relative weight, 2 to 262144.</summary>
    public ulong? Shares { get; set; }

    /// <summary><c>quota</c>: microseconds of CPU time a period; -1 or 0 is no limit.</summary>
    public long? Quota { get; set; }

    /// <summary><c>burst</c>: microseconds that unused quota may add to a period.</summary>
    public ulong? Burst { get; set; }

    /// <summary><c>period</c>: microseconds.</summary>
    public ulong? Period { get; set; }

    /// <summary><c>realtimeRuntime</c>: microseconds a real-time period (cgroup v1).</summary>
    public long? RealtimeRuntime { get; set; }

    /// <summary><c>realtimePeriod</c>: microseconds (cgroup v1).</summary>
    public ulong? RealtimePeriod { get; set; }

    /// <summary><c>cpus</c>: CPUs as a list such as <c>0-3,7</c>, cpuset(7).</summary>
    public string? Cpus { get; set; }

    /// <summary><c>mems</c>: memory nodes as a list such as <c>0-1</c>, cpuset(7).</summary>
    public string? Mems { get; set; }

    /// <summary><c>idle</c>: 0 for the default, 1 for SCHED_IDLE.</summary>
    public long? Idle { get; set; }
}
