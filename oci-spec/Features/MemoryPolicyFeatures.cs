namespace OciSpec;

/// <summary>NUMA memory policy support of the runtime (features-linux.md, memoryPolicy).</summary>
[OciDocument]
public sealed class MemoryPolicyFeatures
{
    /// <summary><c>modes</c> known, as <c>MPOL_INTERLEAVE</c>.</summary>
    public List<string>? Modes { get; set; }

    /// <summary><c>flags</c> known, as <c>MPOL_F_STATIC_NODES</c>.</summary>
    public List<string>? Flags { get; set; }
}
