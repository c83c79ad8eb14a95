using OciSpec;

namespace Runtime.Cgroups.Limits;

/// <summary>
/// Lays an update over the resources that hold: what the update names wins, all else stays. The result is what a
/// container's state records; the update itself is what is written.
/// </summary>
public static class ResourceMerge
{
    /// <summary>A new set of resources; neither argument is changed.</summary>
    public static LinuxResources Merge(LinuxResources? now, LinuxResources update) => new()
    {
        Devices = update.Devices ?? now?.Devices,
        Memory = Merge(now?.Memory, update.Memory),
        Cpu = Merge(now?.Cpu, update.Cpu),
        Pids = update.Pids?.Limit is not null ? update.Pids : now?.Pids,
        BlockIO = Merge(now?.BlockIO, update.BlockIO),
        HugepageLimits = MergeLists(now?.HugepageLimits, update.HugepageLimits, static (a, b) => a.PageSize == b.PageSize),
        Network = update.Network ?? now?.Network,
        Rdma = MergeMaps(now?.Rdma, update.Rdma),
        Unified = MergeMaps(now?.Unified, update.Unified),
    };

    /// <summary>
    /// The update completed by what its own values are counted against: swap counts memory too, quota and period share
    /// a file. Compiled, it changes nothing that the update does not mean to.
    /// </summary>
    public static LinuxResources Complete(LinuxResources? now, LinuxResources update)
    {
        LinuxMemory? memory = Merge(null, update.Memory);
        if (memory is { Limit: -1, Swap: null })
        {
            memory.Swap = -1; // No memory limit leaves nothing to count swap above.
        }
        else if (memory is not null && (memory.Limit is null) != (memory.Swap is null))
        {
            memory.Limit ??= now?.Memory?.Limit;
            memory.Swap ??= now?.Memory?.Swap;
        }

        LinuxCpu? cpu = Merge(null, update.Cpu);
        if (cpu is not null && (cpu.Quota is null) != (cpu.Period is null))
        {
            cpu.Quota ??= now?.Cpu?.Quota;
            cpu.Period ??= now?.Cpu?.Period;
        }

        return new LinuxResources
        {
            Devices = update.Devices,
            Memory = memory,
            Cpu = cpu,
            Pids = update.Pids,
            BlockIO = update.BlockIO,
            HugepageLimits = update.HugepageLimits,
            Network = update.Network,
            Rdma = update.Rdma,
            Unified = update.Unified,
        };
    }

    private static LinuxMemory? Merge(LinuxMemory? now, LinuxMemory? update) => update is null ? now : new LinuxMemory
    {
        Limit = update.Limit ?? now?.Limit,
        Reservation = update.Reservation ?? now?.Reservation,
        Swap = update.Swap ?? now?.Swap,
        Kernel = update.Kernel ?? now?.Kernel,
        KernelTCP = update.KernelTCP ?? now?.KernelTCP,
        Swappiness = update.Swappiness ?? now?.Swappiness,
        DisableOOMKiller = update.DisableOOMKiller ?? now?.DisableOOMKiller,
        UseHierarchy = update.UseHierarchy ?? now?.UseHierarchy,
        CheckBeforeUpdate = update.CheckBeforeUpdate ?? now?.CheckBeforeUpdate,
    };

    private static LinuxCpu? Merge(LinuxCpu? now, LinuxCpu? update) => update is null ? now : new LinuxCpu
    {
        Shares = update.Shares ?? now?.Shares,
        Quota = update.Quota ?? now?.Quota,
        Burst = update.Burst ?? now?.Burst,
        Period = update.Period ?? now?.Period,
        RealtimeRuntime = update.RealtimeRuntime ?? now?.RealtimeRuntime,
        RealtimePeriod = update.RealtimePeriod ?? now?.RealtimePeriod,
        Cpus = string.IsNullOrEmpty(update.Cpus) ? now?.Cpus : update.Cpus,
        Mems = string.IsNullOrEmpty(update.Mems) ? now?.Mems : update.Mems,
        Idle = update.Idle ?? now?.Idle,
    };

    private static LinuxBlockIo? Merge(LinuxBlockIo? now, LinuxBlockIo? update) => update is null ? now : new LinuxBlockIo
    {
        Weight = update.Weight ?? now?.Weight,
        LeafWeight = update.LeafWeight ?? now?.LeafWeight,
        WeightDevice = MergeLists(now?.WeightDevice, update.WeightDevice, static (a, b) => a.Major == b.Major && a.Minor == b.Minor),
        ThrottleReadBpsDevice = MergeLists(now?.ThrottleReadBpsDevice, update.ThrottleReadBpsDevice, IsSameDevice),
        ThrottleWriteBpsDevice = MergeLists(now?.ThrottleWriteBpsDevice, update.ThrottleWriteBpsDevice, IsSameDevice),
        ThrottleReadIOPSDevice = MergeLists(now?.ThrottleReadIOPSDevice, update.ThrottleReadIOPSDevice, IsSameDevice),
        ThrottleWriteIOPSDevice = MergeLists(now?.ThrottleWriteIOPSDevice, update.ThrottleWriteIOPSDevice, IsSameDevice),
    };

    private static bool IsSameDevice(LinuxThrottleDevice a, LinuxThrottleDevice b) => a.Major == b.Major && a.Minor == b.Minor;

    private static List<T>? MergeLists<T>(List<T>? now, List<T>? update, Func<T, T, bool> isSame)
    {
        if (now is null || update is null)
        {
            return update ?? now;
        }

        var merged = new List<T>(now);
        foreach (T item in update)
        {
            merged.RemoveAll(old => isSame(old, item));
            merged.Add(item);
        }

        return merged;
    }

    private static Dictionary<string, T>? MergeMaps<T>(Dictionary<string, T>? now, Dictionary<string, T>? update)
    {
        if (now is null || update is null)
        {
            return update ?? now;
        }

        var merged = new Dictionary<string, T>(now);
        foreach ((string key, T value) in update)
        {
            merged[key] = value;
        }

        return merged;
    }
}
