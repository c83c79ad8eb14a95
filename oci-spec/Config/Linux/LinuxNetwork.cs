namespace OciSpec;

/// <summary>The net_cls and net_prio controllers of cgroup v1 (config-linux.md, network).</summary>
[OciDocument]
public sealed class LinuxNetwork
{
    /// <summary><c>classID</c>: tag of the cgroup's packets.</summary>
    public uint? ClassID { get; set; }

    /// <summary><c>priorities</c>: by interface.</summary>
    public List<LinuxInterfacePriority>? Priorities { get; set; }
}
