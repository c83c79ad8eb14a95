namespace OciSpec;

/// <summary>CPUs of a process run by <c>exec</c>, sched_setaffinity(2), lists as <c>0-3,7</c> (config.md, Linux process, <c>execCPUAffinity</c>).</summary>
[OciDocument]
public sealed class ExecCpuAffinity
{
    /// <summary><c>initial</c>: CPUs of the runtime's process before it enters the container's cgroup.</summary>
    public string? Initial { get; set; }

    /// <summary><c>final</c>: CPUs of the process after it entered the container's cgroup.</summary>
    public string? Final { get; set; }
}
