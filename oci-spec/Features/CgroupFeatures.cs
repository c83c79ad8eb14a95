namespace OciSpec;

/// <summary>Cgroup support of the runtime, whatever the host has (features-linux.md, cgroup).</summary>
[OciDocument]
public sealed class CgroupFeatures
{
    /// <summary><c>v1</c>: cgroup v1.</summary>
    public bool? V1 { get; set; }

    /// <summary><c>v2</c>: cgroup v2.</summary>
    public bool? V2 { get; set; }

    /// <summary><c>systemd</c>: cgroups made through the system's systemd.</summary>
    public bool? Systemd { get; set; }

    /// <summary><c>systemdUser</c>: cgroups made through a user's systemd.</summary>
    public bool? SystemdUser { get; set; }

    /// <summary><c>rdma</c>: the rdma controller.</summary>
    public bool? Rdma { get; set; }
}
