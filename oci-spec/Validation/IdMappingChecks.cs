namespace OciSpec;

/// <summary>Checks of id mappings, user_namespaces(7).</summary>
internal static class IdMappingChecks
{
    /// <summary>Most ranges of one mapping: the kernel's UID_GID_MAP_MAX_EXTENTS, Linux 4.15.</summary>
    private const int MostRanges = 340;

    /// <summary>A new user namespace needs mappings, and mappings need a user namespace (config-linux.md, user namespace mappings).</summary>
    public static void UserNamespace(RuntimeConfig config, Findings findings)
    {
        if (config.Linux is not { } linux)
        {
            return;
        }

        LinuxNamespace? user = NamespaceChecks.Find(config, "user");
        Needed(user, linux.UidMappings, "/linux/uidMappings", findings);
        Needed(user, linux.GidMappings, "/linux/gidMappings", findings);
        Ranges(linux.UidMappings, "/linux/uidMappings", findings);
        Ranges(linux.GidMappings, "/linux/gidMappings", findings);
    }

    /// <summary>Mappings of a mount come together, for a bind mount; <c>idmap</c> without them takes the user namespace's (config.md, POSIX-platform mounts).</summary>
    public static void Mounts(RuntimeConfig config, Findings findings)
    {
        for (int i = 0; i < config.Mounts?.Count; i++)
        {
            Mount mount = config.Mounts[i];
            bool uids = mount.UidMappings is { Count: > 0 };
            bool gids = mount.GidMappings is { Count: > 0 };
            bool option = Has(mount, "idmap", "ridmap");
            if (!uids && !gids && !option)
            {
                continue;
            }

            if (uids != gids)
            {
                findings.Missing($"/mounts/{i}/{(uids ? "gidMappings" : "uidMappings")}", "the other half of the mapping");
            }
            else if (!uids && NamespaceChecks.Find(config, "user") is null)
            {
                findings.Error($"/mounts/{i}/options", "an idmapped mount needs mappings of its own or a user namespace");
            }

            if (!Has(mount, "bind", "rbind") && mount.Type != "bind")
            {
                findings.Error($"/mounts/{i}/options", "only a bind mount can be idmapped");
            }

            Ranges(mount.UidMappings, $"/mounts/{i}/uidMappings", findings);
            Ranges(mount.GidMappings, $"/mounts/{i}/gidMappings", findings);
        }
    }

    private static bool Has(Mount mount, string one, string other)
    {
        for (int i = 0; i < mount.Options?.Count; i++)
        {
            if (mount.Options[i] == one || mount.Options[i] == other)
            {
                return true;
            }
        }

        return false;
    }

    private static void Needed(LinuxNamespace? user, List<IdMapping>? mappings, string at, Findings findings)
    {
        bool mapped = mappings is { Count: > 0 };
        if (user is null && mapped)
        {
            findings.Error(at, "a mapping needs a user namespace");
        }
        else if (user is not null && string.IsNullOrEmpty(user.Path) && !mapped)
        {
            findings.Missing(at, "the mapping of the new user namespace");
        }
    }

    private static void Ranges(List<IdMapping>? mappings, string at, Findings findings)
    {
        if (mappings?.Count > MostRanges)
        {
            findings.Error(at, $"{mappings.Count} ranges: the kernel takes at most {MostRanges}");
            return;
        }

        for (int i = 0; i < mappings?.Count; i++)
        {
            IdMapping range = mappings[i];
            if (range.ContainerID is not { } container || range.HostID is not { } host || range.Size is not { } size)
            {
                findings.Missing($"{at}/{i}/{(range.ContainerID is null ? "containerID" : range.HostID is null ? "hostID" : "size")}", "the number");
            }
            else if (size == 0)
            {
                findings.Error($"{at}/{i}/size", "0 is out of range: at least 1");
            }
            else if (uint.MaxValue - size < Math.Max(container, host))
            {
                findings.Error($"{at}/{i}/size", $"{size} ids from {Math.Max(container, host)} on go past the last id, {uint.MaxValue - 1}");
            }
            else
            {
                Overlap(mappings, i, container, host, size, at, findings);
            }
        }
    }

    private static void Overlap(List<IdMapping> mappings, int i, ulong container, ulong host, ulong size, string at, Findings findings)
    {
        for (int j = 0; j < i; j++)
        {
            ulong otherSize = mappings[j].Size ?? 0;
            if (Meet(container, size, mappings[j].ContainerID ?? 0, otherSize))
            {
                findings.Error($"{at}/{i}/containerID", $"{container} and {size} ids overlap those of entry {j}");
            }
            else if (Meet(host, size, mappings[j].HostID ?? 0, otherSize))
            {
                findings.Error($"{at}/{i}/hostID", $"{host} and {size} ids overlap those of entry {j}");
            }
        }
    }

    private static bool Meet(ulong first, ulong size, ulong otherFirst, ulong otherSize)
        => first < otherFirst + otherSize && otherFirst < first + size;
}
