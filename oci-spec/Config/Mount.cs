namespace OciSpec;

/// <summary>One mount in the container (config.md, mounts; mount(8) for the options).</summary>
[OciDocument]
public sealed class Mount
{
    /// <summary><c>destination</c>, required: path in the container.</summary>
    public string? Destination { get; set; }

    /// <summary><c>type</c>: file system type; ignored for a bind mount.</summary>
    public string? Type { get; set; }

    /// <summary><c>source</c>: device name, dummy, or host path (relative to the bundle) of a bind mount.</summary>
    public string? Source { get; set; }

    /// <summary><c>options</c>: as in fstab; those the runtime does not know go to the file system.</summary>
    public List<string>? Options { get; set; }

    /// <summary><c>uidMappings</c>: user ids of an idmapped mount; comes with <see cref="GidMappings"/>.</summary>
    public List<IdMapping>? UidMappings { get; set; }

    /// <summary><c>gidMappings</c>: group ids of an idmapped mount; comes with <see cref="UidMappings"/>.</summary>
    public List<IdMapping>? GidMappings { get; set; }
}
