namespace OciSpec;

/// <summary>The container's root file system (config.md, root).</summary>
[OciDocument]
public sealed class RootSpec
{
    /// <summary><c>path</c>, required: directory on the host, absolute or relative to the bundle.</summary>
    public string? Path { get; set; }

    /// <summary><c>readonly</c>: the root is read-only inside the container; absent means false.</summary>
    public bool? Readonly { get; set; }
}
