namespace Runtime.Namespaces.Resolution;

/// <summary>
/// A root filesystem that the launch puts together itself: read-only layers, and over them a directory that takes what the guest
/// changes (overlayfs). It is mounted at the config's root.path, in the container's own mount namespace alone.
/// </summary>
public sealed record LayeredRoot
{
    /// <summary>The layers' absolute paths, the topmost first; at least one.</summary>
    public required IReadOnlyList<string> Layers { get; init; }

    /// <summary>The absolute path of the directory that has <see cref="Upper"/> and <see cref="Work"/>.</summary>
    public required string Changes { get; init; }

    /// <summary>Whether overlayfs's marks are user attributes: of a store that a user namespace wrote (Linux 5.11).</summary>
    public bool UserXattrs { get; init; }

    /// <summary>Whether what is changed may be lost at a crash of the host, and syncfs(2) and umount(2) need not write it (Linux 5.10).</summary>
    public bool Volatile { get; init; }

    /// <summary>In <see cref="Changes"/>: what the guest changes.</summary>
    public const string Upper = "upper";

    /// <summary>In <see cref="Changes"/>: what overlayfs itself needs.</summary>
    public const string Work = "work";
}
