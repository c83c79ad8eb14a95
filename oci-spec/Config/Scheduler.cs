namespace OciSpec;

/// <summary>Scheduling policy and attributes, sched_setattr(2) (config.md, Linux process, <c>scheduler</c>).</summary>
[OciDocument]
public sealed class Scheduler
{
    /// <summary><c>policy</c>, required: <c>SCHED_OTHER</c>, <c>SCHED_FIFO</c>, <c>SCHED_RR</c>, <c>SCHED_BATCH</c>, <c>SCHED_ISO</c>, <c>SCHED_IDLE</c> or <c>SCHED_DEADLINE</c>.</summary>
    public string? Policy { get; set; }

    /// <summary><c>nice</c>: -20 to 19, for SCHED_OTHER and SCHED_BATCH; absent means 0.</summary>
    public int? Nice { get; set; }

    /// <summary><c>priority</c>: 1 to 99 for SCHED_FIFO and SCHED_RR, else 0; absent means 0.</summary>
    public int? Priority { get; set; }

    /// <summary><c>flags</c>: names such as <c>SCHED_FLAG_RESET_ON_FORK</c>.</summary>
    public List<string>? Flags { get; set; }

    /// <summary><c>runtime</c>: nanoseconds of CPU time a period, SCHED_DEADLINE only.</summary>
    public ulong? Runtime { get; set; }

    /// <summary><c>deadline</c>: nanoseconds after a period's start, SCHED_DEADLINE only.</summary>
    public ulong? Deadline { get; set; }

    /// <summary><c>period</c>: nanoseconds, SCHED_DEADLINE only; 0 or absent means <see cref="Deadline"/>.</summary>
    public ulong? Period { get; set; }
}
