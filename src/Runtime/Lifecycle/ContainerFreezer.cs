using Runtime.Cgroups;
using Runtime.State;

namespace Runtime.Lifecycle;

/// <summary>Pauses and resumes containers by their cgroup's freezer (cgroup v2, "Core Interface Files", cgroup.freeze).</summary>
public static class ContainerFreezer
{
    private const int FreezeMilliseconds = 10_000;

    /// <summary>Stops all processes of a running container where they are.</summary>
    /// <exception cref="ContainerException">It does not run, or has no cgroup of its own.</exception>
    public static void Pause(StateStore store, string id)
    {
        using ContainerDirectory directory = store.OpenLocked(id);
        using Cgroup cgroup = CgroupOf(directory, "pause", ContainerStatus.Running, ContainerStatus.Created);
        cgroup.Freeze(FreezeMilliseconds);
    }

    /// <summary>Lets a paused container go on.</summary>
    /// <exception cref="ContainerException">It is not paused.</exception>
    public static void Resume(StateStore store, string id)
    {
        using ContainerDirectory directory = store.OpenLocked(id);
        using Cgroup cgroup = CgroupOf(directory, "resume", ContainerStatus.Paused);
        cgroup.Thaw(FreezeMilliseconds);
    }

    private static Cgroup CgroupOf(ContainerDirectory directory, string verb, params ContainerStatus[] allowed)
    {
        ContainerView view = ContainerView.Of(directory);
        if (Array.IndexOf(allowed, view.Status) < 0)
        {
            string why = view.Status == ContainerStatus.Stopped ? ": container not running" : string.Empty;
            throw new ContainerException($"cannot {verb} container \"{view.Id}\" that is {view.Status.Name()}{why}");
        }

        return view.Record!.OpenCgroup()
            ?? throw new ContainerException($"cannot {verb} container \"{view.Id}\": it has no cgroup of its own: create it where one can be made: as an ordinary user below systemd-run --user --scope -p Delegate=yes, or with --systemd-cgroup");
    }
}
