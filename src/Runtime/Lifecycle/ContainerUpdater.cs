using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;
using Runtime.Cgroups.Limits;
using Runtime.Linux;
using Runtime.Owned;
using Runtime.State;

namespace Runtime.Lifecycle;

/// <summary>Changes the limits of a container, all or nothing; the copy of its configuration keeps what holds.</summary>
public static class ContainerUpdater
{
    /// <summary>Applies an update.</summary>
    /// <param name="store">The state root.</param>
    /// <param name="id">The container: created, running or paused.</param>
    /// <param name="update">What is to change; everything else stays.</param>
    /// <param name="cache">What is to change in its resctrl group; null leaves that alone.</param>
    /// <param name="strict">Whether a value that cgroup v2 does not know is an error.</param>
    /// <param name="refuseBelowUsage">Whether a memory limit below what is used now is refused: the kernel would kill.</param>
    /// <exception cref="ContainerException">It has ended, or has no cgroup of its own.</exception>
    /// <exception cref="CgroupException">A limit is refused; the earlier ones hold.</exception>
    public static void Update(StateStore store, string id, LinuxResources update, LinuxIntelRdt? cache, bool strict, bool refuseBelowUsage)
    {
        using ContainerDirectory directory = store.OpenLocked(id);
        ContainerView view = ContainerView.Of(directory);
        if (view.Status == ContainerStatus.Stopped || view.Record is not ContainerRecord record)
        {
            throw new ContainerException($"cannot update container \"{id}\" that is {view.Status.Name()}: container not running");
        }

        RuntimeConfig config = directory.ReadConfig();
        using Cgroup cgroup = record.OpenCgroup()
            ?? throw new ContainerException($"cannot update container \"{id}\": it has no cgroup of its own: create it where one can be made: as an ordinary user below systemd-run --user --scope -p Delegate=yes, or with --systemd-cgroup");
        var request = new CgroupRequest { Id = id, CgroupsPath = config.Linux?.CgroupsPath, Resources = update, Strict = strict, Rootless = record.Rootless };
        using ICgroupDriver driver = record.Cgroup!.Manager.NewDriver();
        ResctrlGroup? group = cache is null ? null : GroupOf(id, config, cache);
        if (update.Memory?.Limit is long limit and > 0 && update.Memory.CheckBeforeUpdate != true && cgroup.MemoryUsage() is long usage && usage > limit)
        {
            string what = $"/linux/resources/memory/limit: {limit}: the container uses {usage} bytes now";
            if (refuseBelowUsage)
            {
                throw new ContainerException($"{what}: the kernel would kill its processes: take a higher limit, or --force");
            }

            RuntimeLog.Warn($"{what}: the kernel kills its processes where it cannot take the difference away");
        }

        string? earlier = group?.Change();
        try
        {
            driver.Update(request, config.Linux?.Resources, cgroup);
        }
        catch
        {
            group?.Restore(earlier!);
            throw;
        }

        foreach (string warning in request.Warnings)
        {
            RuntimeLog.Warn(warning);
        }

        config.Linux ??= new LinuxSection();
        config.Linux.Resources = ResourceMerge.Merge(config.Linux.Resources, update);
        if (cache is not null)
        {
            config.Linux.IntelRdt!.L3CacheSchema = cache.L3CacheSchema ?? config.Linux.IntelRdt.L3CacheSchema;
            config.Linux.IntelRdt.MemBwSchema = cache.MemBwSchema ?? config.Linux.IntelRdt.MemBwSchema;
        }

        directory.ReplaceConfig(ConfigFile.Write(config));
    }

    private static ResctrlGroup GroupOf(string id, RuntimeConfig config, LinuxIntelRdt cache)
    {
        LinuxIntelRdt own = config.Linux?.IntelRdt
            ?? throw new ContainerException($"cannot update container \"{id}\": it was created without intelRdt, so no cache or bandwidth is its own");
        var change = new LinuxIntelRdt { ClosID = own.ClosID, L3CacheSchema = cache.L3CacheSchema, MemBwSchema = cache.MemBwSchema };
        return ResctrlGroup.Plan(ResctrlGroup.FindMount(), id, change);
    }
}
