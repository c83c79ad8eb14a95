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
}
