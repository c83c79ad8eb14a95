namespace OciSpec;

/// <summary>Checks of mounts and of paths that are covered.</summary>
internal static class MountChecks
{
    /// <summary>The destination is required, and the source of a bind mount; a destination that is not absolute is deprecated and means from the root (config.md, mounts).</summary>
    public static void Mounts(RuntimeConfig config, Findings findings)
    {
        for (int i = 0; i < config.Mounts?.Count; i++)
        {
            string? destination = config.Mounts[i].Destination;
            if (string.IsNullOrEmpty(destination))
            {
                findings.Missing($"/mounts/{i}/destination", "the path in the container");
            }
            else if (destination[0] != '/')
            {
                findings.Warning($"/mounts/{i}/destination", $"{Findings.Quote(destination)} is not an absolute path: this is deprecated and taken as from the root");
            }

            if (string.IsNullOrEmpty(config.Mounts[i].Source) && IsNewBind(config.Mounts[i]))
            {
                findings.Missing($"/mounts/{i}/source", "the path on the host, which is bound,");
            }
        }
    }

    private static bool IsNewBind(Mount mount)
    {
        bool binds = mount.Type == "bind";
        for (int i = 0; i < mount.Options?.Count; i++)
        {
            if (mount.Options[i] == "remount")
            {
                return false;
            }

            binds |= mount.Options[i] is "bind" or "rbind";
        }

        return binds;
    }

    /// <summary>Paths are absolute, and the container has its own mount namespace (config-linux.md, masked paths).</summary>
    public static void MaskedPaths(RuntimeConfig config, Findings findings)
        => Covered(config, config.Linux?.MaskedPaths, "/linux/maskedPaths", findings);

    /// <summary>Paths are absolute, and the container has its own mount namespace (config-linux.md, readonly paths).</summary>
    public static void ReadonlyPaths(RuntimeConfig config, Findings findings)
        => Covered(config, config.Linux?.ReadonlyPaths, "/linux/readonlyPaths", findings);

    /// <summary>The mode is known; empty means not set (config-linux.md, rootfs mount propagation).</summary>
    public static void RootfsPropagation(RuntimeConfig config, Findings findings)
    {
        string? mode = config.Linux?.RootfsPropagation;
        if (!string.IsNullOrEmpty(mode) && KnownValues.IndexOf(KnownValues.Propagations, mode) < 0)
        {
            findings.Unknown("/linux/rootfsPropagation", mode, "a propagation mode", KnownValues.Propagations);
        }
    }

    private static void Covered(RuntimeConfig config, List<string>? paths, string at, Findings findings)
    {
        if (paths is { Count: > 0 } && NamespaceChecks.Find(config, "mount") is null)
        {
            findings.Error(at, "paths can only be covered in a mount namespace of the container's");
        }

        for (int i = 0; i < paths?.Count; i++)
        {
            if (paths[i].Length == 0 || paths[i][0] != '/')
            {
                findings.Error($"{at}/{i}", $"{Findings.Quote(paths[i])} is not an absolute path");
            }
        }
    }
}
