namespace OciSpec;

/// <summary>The <c>linux</c> section of a config (config-linux.md).</summary>
[OciDocument]
public sealed class LinuxSection
{
    /// <summary><c>namespaces</c> to create or join; a type that is absent is the runtime's own (namespaces).</summary>
    public List<LinuxNamespace>? Namespaces { get; set; }

    /// <summary><c>uidMappings</c> of a new user namespace (user namespace mappings).</summary>
    public List<IdMapping>? UidMappings { get; set; }

    /// <summary><c>gidMappings</c> of a new user namespace (user namespace mappings).</summary>
    public List<IdMapping>? GidMappings { get; set; }

    /// <summary><c>timeOffsets</c> of a new time namespace; keys <c>monotonic</c> and <c>boottime</c> (offset for time namespace).</summary>
    public Dictionary<string, LinuxTimeOffset>? TimeOffsets { get; set; }

    /// <summary><c>devices</c> that exist in the container (devices).</summary>
    public List<LinuxDevice>? Devices { get; set; }

    /// <summary><c>netDevices</c> to move into the container; the key is the name in the runtime's network namespace (network devices).</summary>
    public Dictionary<string, LinuxNetDevice>? NetDevices { get; set; }

    /// <summary><c>cgroupsPath</c>: the container's cgroup; absolute is from the cgroup mount, relative from where the runtime decides (cgroups path).</summary>
    public string? CgroupsPath { get; set; }

    /// <summary><c>resources</c>: limits of the container's cgroup (control groups).</summary>
    public LinuxResources? Resources { get; set; }

    /// <summary><c>intelRdt</c>: resctrl group of the container (IntelRdt).</summary>
    public LinuxIntelRdt? IntelRdt { get; set; }

    /// <summary><c>memoryPolicy</c>: NUMA policy, set_mempolicy(2) (memory policy).</summary>
    public LinuxMemoryPolicy? MemoryPolicy { get; set; }

    /// <summary><c>sysctl</c>: kernel parameters by dotted name (sysctl).</summary>
    public Dictionary<string, string>? Sysctl { get; set; }

    /// <summary><c>seccomp</c>: system call filter (seccomp).</summary>
    public LinuxSeccomp? Seccomp { get; set; }

    /// <summary><c>rootfsPropagation</c>: <c>shared</c>, <c>slave</c>, <c>private</c> or <c>unbindable</c> (rootfs mount propagation).</summary>
    public string? RootfsPropagation { get; set; }

    /// <summary><c>maskedPaths</c>: absolute paths in the container that cannot be read (masked paths).</summary>
    public List<string>? MaskedPaths { get; set; }

    /// <summary><c>readonlyPaths</c>: absolute paths in the container that cannot be written (readonly paths).</summary>
    public List<string>? ReadonlyPaths { get; set; }

    /// <summary><c>mountLabel</c>: SELinux context of the container's mounts (mount label).</summary>
    public string? MountLabel { get; set; }

    /// <summary><c>personality</c>: execution domain, personality(2) (personality).</summary>
    public LinuxPersonality? Personality { get; set; }
}
