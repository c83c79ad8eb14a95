using OciSpec;

namespace Runtime.Namespaces.Resolution;

/// <summary>A mount of the config, and what the host says of it.</summary>
/// <param name="Index">Its place in /mounts.</param>
/// <param name="Mount">The mount as the config has it.</param>
/// <param name="Options">Its options, sorted by what they are for.</param>
/// <param name="Target">Its destination below the root, without a leading slash; empty for the root itself.</param>
/// <param name="Source">The absolute path of what a bind mount binds; null for every other mount.</param>
/// <param name="BindsDirectory">Whether that is a directory, which decides what is made where the destination is missing.</param>
public sealed record ResolvedMount(int Index, Mount Mount, MountOptions Options, string Target, string? Source, bool BindsDirectory)
{
    /// <summary>Whether it binds something, and does not merely change the flags of what is there.</summary>
    public bool Binds => Options is { Bind: true, Remount: false };

    /// <summary>Whether it has mappings of its own (Linux 5.12).</summary>
    public bool HasOwnMappings => Mount.UidMappings is { Count: > 0 } || Mount.GidMappings is { Count: > 0 };

    /// <summary>Whether it is idmapped: by an option, or because it has mappings of its own.</summary>
    public bool IsIdMapped => Options.IdMap || HasOwnMappings;

    /// <summary>Asks the host about each mount of a config.</summary>
    internal static ResolvedMount[] Of(RuntimeConfig config, string bundle)
    {
        List<Mount> mounts = config.Mounts ?? [];
        var resolved = new ResolvedMount[mounts.Count];
        for (int i = 0; i < resolved.Length; i++)
        {
            Mount mount = mounts[i];
            MountOptions options = MountOptions.Parse(mount);
            string? source = SourceOf(mount, options, bundle);
            resolved[i] = new ResolvedMount(i, mount, options, GuestPath.Relative(mount.Destination), source, source is null || Directory.Exists(source));
        }

        return resolved;
    }

    /// <summary>The absolute path of what a bind mount binds; null for every other mount. Relative ones start at the bundle.</summary>
    public static string? SourceOf(Mount mount, MountOptions options, string bundle) =>
        options is { Bind: true, Remount: false } ? Path.GetFullPath(mount.Source ?? string.Empty, bundle) : null;
}
