using OciSpec;

namespace Runtime.Namespaces.Resolution;

/// <summary>Lists of ids that a user namespace maps (user_namespaces(7), "User and group ID mappings").</summary>
public static class IdMappings
{
    /// <summary>An id of the namespace as its parent has it; null where no range maps it.</summary>
    public static uint? ToHost(List<IdMapping>? mappings, uint id)
    {
        foreach (IdMapping mapping in mappings ?? [])
        {
            uint first = mapping.ContainerID ?? 0;
            if (id >= first && id - first < (mapping.Size ?? 0))
            {
                return (mapping.HostID ?? 0) + (id - first);
            }
        }

        return null;
    }

    /// <summary>Whether an id of the parent is mapped into the namespace.</summary>
    public static bool HasHost(List<IdMapping>? mappings, uint hostId) =>
        mappings?.Exists(m => hostId >= (m.HostID ?? 0) && hostId - (m.HostID ?? 0) < (m.Size ?? 0)) == true;

    /// <summary>Whether the ranges (first inside, first outside, size) are the mappings', in whatever order.</summary>
    public static bool AreSame(List<IdMapping>? mappings, List<(uint Inside, uint Outside, uint Size)> ranges)
    {
        List<(uint, uint, uint)> wanted = (mappings ?? []).ConvertAll(static m => (m.ContainerID ?? 0, m.HostID ?? 0, m.Size ?? 0));
        List<(uint, uint, uint)> has = [.. ranges];
        wanted.Sort();
        has.Sort();
        return wanted.SequenceEqual(has);
    }
}
