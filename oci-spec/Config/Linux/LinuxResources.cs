namespace OciSpec;

/// <summary>Limits of the container's cgroup (config-linux.md, control groups); also the whole of an <c>update --resources</c> file.</summary>
[OciDocument]
public sealed class LinuxResources
{
    /// <summary><c>devices</c>: rules of the device filter, applied in this order (allowed device list).</summary>
    public List<LinuxDeviceCgroup>? Devices { get; set; }

    /// <summary><c>memory</c> (memory).</summary>
    public LinuxMemory? Memory { get; set; }

    /// <summary><c>cpu</c> (CPU).</summary>
    public LinuxCpu? Cpu { get; set; }

    /// <summary><c>pids</c> (PIDs).</summary>
    public LinuxPids? Pids { get; set; }

    /// <summary><c>blockIO</c> (block IO).</summary>
    public LinuxBlockIo? BlockIO { get; set; }

    /// <summary><c>hugepageLimits</c> (huge page limits).</summary>
    public List<LinuxHugepageLimit>? HugepageLimits { get; set; }

    /// <summary><c>network</c>: net_cls and net_prio, cgroup v1 only (network).</summary>
    public LinuxNetwork? Network { get; set; }

    /// <summary><c>rdma</c>: by name of the RDMA device (RDMA).</summary>
    public Dictionary<string, LinuxRdma>? Rdma { get; set; }

    /// <summary><c>unified</c>: values by file name in the cgroup v2 directory (unified).</summary>
    public Dictionary<string, string>? Unified { get; set; }
}
