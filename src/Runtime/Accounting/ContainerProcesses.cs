using Runtime.Cgroups;
using Runtime.Lifecycle;
using Runtime.State;

namespace Runtime.Accounting;

/// <summary>Lists the processes of a container, for `ps`.</summary>
public static class ContainerProcesses
{
    /// <summary>
    /// The pids, in the runtime's pid namespace; only the first process for a container without a cgroup. None of one that has
    /// ended, unless processes outlived the first: without a pid namespace of its own they may.
    /// </summary>
    /// <exception cref="ContainerException">It does not exist.</exception>
    public static List<int> Of(StateStore store, string id)
    {
        ContainerView view = ContainerView.Of(store, id);
        using Cgroup? cgroup = view.Record?.OpenCgroup();
        return cgroup?.Processes() ?? (view.Pid == 0 ? [] : [view.Pid]);
    }
}
