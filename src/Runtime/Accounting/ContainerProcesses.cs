using Runtime.Cgroups;
using Runtime.Lifecycle;
using Runtime.State;

namespace Runtime.Accounting;

/// <summary>Lists the processes of a container, for `ps`.</summary>
public static class ContainerProcesses
{
    /// <summary>The pids, in the runtime's pid namespace; only the first process for a container without a cgroup.</summary>
    /// <exception cref="ContainerException">It does not exist, or is not running.</exception>
    public static List<int> Of(StateStore store, string id)
    {
        ContainerView view = ContainerView.OfLiving(store, id);
        using Cgroup? cgroup = view.Record?.OpenCgroup();
        return cgroup?.Processes() ?? [view.Pid];
    }
}
