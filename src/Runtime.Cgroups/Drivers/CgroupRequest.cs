using OciSpec;

namespace Runtime.Cgroups.Drivers;

/// <summary>What a container asks of its cgroup.</summary>
public sealed class CgroupRequest
{
    /// <summary>The container's id, already checked.</summary>
    public required string Id { get; init; }

    /// <summary><c>/linux/cgroupsPath</c>; null or empty for the driver's default.</summary>
    public string? CgroupsPath { get; init; }

    /// <summary><c>/linux/resources</c>, the limits to set.</summary>
    public LinuxResources? Resources { get; init; }

    /// <summary><c>/annotations</c>; the systemd driver reads <c>org.systemd.property.*</c>.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>A value that cgroup v2 does not know is an error; else a line in <see cref="Warnings"/>.</summary>
    public bool Strict { get; init; }

    /// <summary>A cgroup that must not be made is no failure as long as no limit is asked for: the caller is not the host's root.</summary>
    public bool Rootless { get; init; }

    /// <summary>
    /// Told the cgroup's absolute path before it is made, or once it was found idle: from then on it is the
    /// container's to remove, whatever happens to this process.
    /// </summary>
    public Action<string>? Claim { get; init; }

    /// <summary>What could not be done and did not matter enough to fail, one line each with its pointer.</summary>
    public List<string> Warnings { get; } = [];
}
