namespace OciSpec;

/// <summary>What the runtime supports on Linux (features-linux.md). Absent means unknown, not unsupported.</summary>
[OciDocument]
public sealed class LinuxFeatures
{
    /// <summary><c>namespaces</c>: types known.</summary>
    public List<string>? Namespaces { get; set; }

    /// <summary><c>capabilities</c>: names known, whether or not the host has them.</summary>
    public List<string>? Capabilities { get; set; }

    /// <summary><c>cgroup</c>: managers and versions.</summary>
    public CgroupFeatures? Cgroup { get; set; }

    /// <summary><c>seccomp</c>: actions, operators, architectures, flags.</summary>
    public SeccompFeatures? Seccomp { get; set; }

    /// <summary><c>apparmor</c>: profiles can be set.</summary>
    public FeatureSwitch? Apparmor { get; set; }

    /// <summary><c>selinux</c>: labels can be set.</summary>
    public FeatureSwitch? Selinux { get; set; }

    /// <summary><c>intelRdt</c>: resctrl groups can be used.</summary>
    public IntelRdtFeatures? IntelRdt { get; set; }

    /// <summary><c>memoryPolicy</c>: modes and flags known.</summary>
    public MemoryPolicyFeatures? MemoryPolicy { get; set; }

    /// <summary><c>mountExtensions</c>: kinds of mount beyond mount(2).</summary>
    public MountExtensionFeatures? MountExtensions { get; set; }

    /// <summary><c>netDevices</c>: network devices can be moved into the container.</summary>
    public FeatureSwitch? NetDevices { get; set; }
}
