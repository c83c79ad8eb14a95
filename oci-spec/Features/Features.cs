namespace OciSpec;

/// <summary>What the runtime supports, the output of <c>features</c> (features.md). Absent means unknown, not unsupported.</summary>
[OciDocument]
public sealed class Features
{
    /// <summary><c>ociVersionMin</c>, required: lowest <c>ociVersion</c> taken.</summary>
    public string? OciVersionMin { get; set; }

    /// <summary><c>ociVersionMax</c>, required: highest <c>ociVersion</c> taken.</summary>
    public string? OciVersionMax { get; set; }

    /// <summary><c>hooks</c>: names of the hooks run.</summary>
    public List<string>? Hooks { get; set; }

    /// <summary><c>mountOptions</c>: options known to the runtime; not those of file systems.</summary>
    public List<string>? MountOptions { get; set; }

    /// <summary><c>linux</c>: what is special to Linux (features-linux.md).</summary>
    public LinuxFeatures? Linux { get; set; }

    /// <summary><c>annotations</c>: of the runtime itself, such as its version.</summary>
    public Dictionary<string, string>? Annotations { get; set; }

    /// <summary><c>potentiallyUnsafeConfigAnnotations</c>: annotations of a config that change the runtime's behaviour; one that ends with <c>.</c> is a prefix.</summary>
    public List<string>? PotentiallyUnsafeConfigAnnotations { get; set; }
}
