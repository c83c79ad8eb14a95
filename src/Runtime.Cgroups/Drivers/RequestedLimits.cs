using OciSpec;

namespace Runtime.Cgroups.Drivers;

/// <summary>Whether a config asks for limits at all. Device rules are no limit of a controller.</summary>
internal static class RequestedLimits
{
    /// <summary>JSON pointer of the first limit that is asked for; null where there is none.</summary>
    public static string? First(LinuxResources? resources)
    {
        if (resources is null)
        {
            return null;
        }

        string? name =
            IsSet(resources.Memory) ? "memory" :
            IsSet(resources.Cpu) ? "cpu" :
            resources.Pids?.Limit is not null ? "pids" :
            IsSet(resources.BlockIO) ? "blockIO" :
            resources.HugepageLimits is { Count: > 0 } ? "hugepageLimits" :
            resources.Rdma is { Count: > 0 } ? "rdma" :
            resources.Unified is { Count: > 0 } ? "unified" : null;
        return name is null ? null : "/linux/resources/" + name;
    }

    /// <summary>Throws where a limit is asked for.</summary>
    public static void Refuse(CgroupRequest request, string why)
    {
        if (First(request.Resources) is { } pointer)
        {
            throw new CgroupException(pointer, why);
        }
    }

    private static bool IsSet(LinuxMemory? memory) => memory is { Limit: not null } or { Swap: not null } or { Reservation: not null };

    private static bool IsSet(LinuxCpu? cpu) => cpu is { Shares: not null } or { Quota: not null } or { Period: not null } or { Burst: not null } or { Idle: not null }
        or { Cpus.Length: > 0 } or { Mems.Length: > 0 };

    private static bool IsSet(LinuxBlockIo? io) => io is { Weight: not null } or { LeafWeight: not null } or { WeightDevice.Count: > 0 }
        or { ThrottleReadBpsDevice.Count: > 0 } or { ThrottleWriteBpsDevice.Count: > 0 }
        or { ThrottleReadIOPSDevice.Count: > 0 } or { ThrottleWriteIOPSDevice.Count: > 0 };
}
