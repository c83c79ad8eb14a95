namespace OciSpec;

/// <summary>Seccomp support of the runtime (features-linux.md, seccomp).</summary>
[OciDocument]
public sealed class SeccompFeatures
{
    /// <summary><c>enabled</c>: filters can be loaded.</summary>
    public bool? Enabled { get; set; }

    /// <summary><c>actions</c> known, as <c>SCMP_ACT_ERRNO</c>.</summary>
    public List<string>? Actions { get; set; }

    /// <summary><c>operators</c> known, as <c>SCMP_CMP_EQ</c>.</summary>
    public List<string>? Operators { get; set; }

    /// <summary><c>archs</c> known, as <c>SCMP_ARCH_X86_64</c>.</summary>
    public List<string>? Archs { get; set; }

    /// <summary><c>knownFlags</c>: flags known, as <c>SECCOMP_FILTER_FLAG_LOG</c>.</summary>
    public List<string>? KnownFlags { get; set; }

    /// <summary><c>supportedFlags</c>: those of the known flags that this kernel takes too.</summary>
    public List<string>? SupportedFlags { get; set; }
}
