using System.Diagnostics;
using Runtime.Cgroups;
using Runtime.Cgroups.Stats;
using Runtime.Lifecycle;
using Runtime.State;

namespace Runtime.Accounting;

/// <summary>
/// Looks at what containers use, again and again: all that there are, or those that are named. Nothing is kept open
/// between two looks, so that a thousand containers need no thousand descriptors.
/// </summary>
public sealed class UsageSampler
{
    private readonly StateStore _store;
    private readonly IReadOnlyList<string> _ids;
    private readonly StatsReader _reader = new();
    private Dictionary<string, (ulong Cpu, long At)> _before = [];

    /// <summary>Begins with the CPU time that was used so far, against which the first look is counted.</summary>
    /// <param name="store">The state root; it stays the caller's.</param>
    /// <param name="ids">The containers; none means all that have not ended.</param>
    /// <exception cref="ContainerException">One that is named does not exist, or is not running.</exception>
    public UsageSampler(StateStore store, IReadOnlyList<string> ids)
    {
        _store = store;
        _ids = ids;
        foreach (string id in ids)
        {
            ContainerView.OfLiving(store, id);
        }

        foreach (ContainerView view in Views())
        {
            using Cgroup? cgroup = Open(view);
            if (cgroup is not null)
            {
                _before[view.Id] = (_reader.ReadCpuTime(cgroup), Stopwatch.GetTimestamp());
            }
        }
    }

    /// <summary>What each uses now, in the order of the names. One that has ended meanwhile is left out.</summary>
    public List<ContainerUsage> Look()
    {
        var found = new List<ContainerUsage>();
        var now = new Dictionary<string, (ulong, long)>();
        foreach (ContainerView view in Views())
        {
            using Cgroup? cgroup = Open(view);
            if (cgroup is null)
            {
                found.Add(new ContainerUsage(view.Id, view.Status, null, null));
                continue;
            }

            CgroupUsage usage = _reader.ReadUsage(cgroup);
            long at = Stopwatch.GetTimestamp();
            double? percent = _before.TryGetValue(view.Id, out (ulong Cpu, long At) before) && usage.CpuNanoseconds >= before.Cpu && at > before.At
                ? (usage.CpuNanoseconds - before.Cpu) / Stopwatch.GetElapsedTime(before.At, at).TotalNanoseconds * 100
                : null;
            now[view.Id] = (usage.CpuNanoseconds, at);
            found.Add(new ContainerUsage(view.Id, view.Status, percent, usage));
        }

        _before = now;
        return found;
    }

    private List<ContainerView> Views()
    {
        List<ContainerView> views = _ids.Count == 0 ? ContainerView.All(_store) : Named();
        views.RemoveAll(v => v.Status is ContainerStatus.Stopped or ContainerStatus.Creating);
        return views;
    }

    private List<ContainerView> Named()
    {
        var views = new List<ContainerView>(_ids.Count);
        foreach (string id in _ids)
        {
            using ContainerDirectory? directory = _store.TryOpenNamed(id);
            if (directory is not null)
            {
                views.Add(ContainerView.Of(directory));
            }
        }

        return views;
    }

    private static Cgroup? Open(ContainerView view) => view.Record?.OpenCgroup();
}
