namespace OciSpec;

/// <summary>NUMA memory policy, set_mempolicy(2) (config-linux.md, memory policy).</summary>
[OciDocument]
public sealed class LinuxMemoryPolicy
{
    /// <summary><c>mode</c>, required: as <c>MPOL_INTERLEAVE</c>.</summary>
    public string? Mode { get; set; }

    /// <summary><c>nodes</c>: memory nodes as a list such as <c>0-1,3</c>.</summary>
    public string? Nodes { get; set; }

    /// <summary><c>flags</c>, as <c>MPOL_F_STATIC_NODES</c>.</summary>
    public List<string>? Flags { get; set; }
}
