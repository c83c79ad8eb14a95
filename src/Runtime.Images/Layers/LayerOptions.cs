namespace Runtime.Images.Layers;

/// <summary>How layers are laid out on disk.</summary>
public sealed record LayerOptions
{
    /// <summary>
    /// Whether overlayfs's marks are <c>user.overlay.</c> attributes, which a user namespace may set and read with the option
    /// <c>userxattr</c> (Linux 5.11), and not <c>trusted.overlay.</c> ones.
    /// </summary>
    public bool UserXattrs { get; init; }

    /// <summary>Whether device nodes are left out: in a user namespace the kernel makes none (mknod(2), EPERM).</summary>
    public bool WithoutDevices { get; init; }
}
