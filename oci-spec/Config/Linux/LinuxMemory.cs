namespace OciSpec;

/// <summary>Memory limits (config-linux.md, memory). Sizes are bytes; -1 is no limit.</summary>
[OciDocument]
public sealed class LinuxMemory
{
    /// <summary><c>limit</c>: bytes of memory, -1 for no limit.</summary>
    public long? Limit { get; set; }

    /// <summary><c>reservation</c>: soft limit, bytes, -1 for no limit.</summary>
    public long? Reservation { get; set; }

    /// <summary><c>swap</c>: bytes of memory and swap together, -1 for no limit.</summary>
    public long? Swap { get; set; }

    /// <summary><c>kernel</c> (not recommended, cgroup v1): bytes of kernel memory.</summary>
    public long? Kernel { get; set; }

    /// <summary><c>kernelTCP</c> (not recommended, cgroup v1): bytes of TCP buffers.</summary>
    public long? KernelTCP { get; set; }

    /// <summary><c>swappiness</c>: 0 to 100 (cgroup v1).</summary>
    public ulong? Swappiness { get; set; }

    /// <summary><c>disableOOMKiller</c>: absent means false (cgroup v1).</summary>
    public bool? DisableOOMKiller { get; set; }

    /// <summary><c>useHierarchy</c>: children count too; absent means false (cgroup v1; v2 always does).</summary>
    public bool? UseHierarchy { get; set; }

    /// <summary><c>checkBeforeUpdate</c>: refuse a new limit below the present usage; absent means false.</summary>
    public bool? CheckBeforeUpdate { get; set; }
}
