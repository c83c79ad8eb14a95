using OciSpec;
using Runtime.State;

namespace Runtime.Lifecycle;

/// <summary>A container as it is at one moment: what was recorded, and what the kernel says.</summary>
/// <param name="Id">The container's id.</param>
/// <param name="Record">The record; null where <c>create</c> was killed before it wrote one.</param>
/// <param name="Status">The status when it was looked at.</param>
public sealed record ContainerView(string Id, ContainerRecord? Record, ContainerStatus Status)
{
    /// <summary>The first process, or 0 once it has ended or as long as there is none.</summary>
    public int Pid => Status == ContainerStatus.Stopped ? 0 : Record?.Init.Pid ?? 0;

    /// <summary>Looks at one container.</summary>
    /// <exception cref="ContainerException">It does not exist, or its record is damaged.</exception>
    public static ContainerView Of(StateStore store, string id)
    {
        using ContainerDirectory directory = store.OpenContainer(id);
        return Of(directory);
    }

    /// <summary>Looks at one container that has not ended.</summary>
    /// <exception cref="ContainerException">As above, or it has ended (<c>container not running</c>).</exception>
    public static ContainerView OfLiving(StateStore store, string id)
    {
        ContainerView view = Of(store, id);
        return view.Status == ContainerStatus.Stopped ? throw new ContainerException($"container not running: container \"{id}\" has ended") : view;
    }

    /// <summary>Looks at a container whose directory is open.</summary>
    public static ContainerView Of(ContainerDirectory directory)
    {
        ContainerRecord? record = directory.TryReadRecord();
        return new ContainerView(directory.Id, record, StatusProbe.Of(directory, record));
    }

    /// <summary>Looks at all containers, sorted by id. One that is deleted meanwhile, or whose record is damaged, is left out; the latter with a warning.</summary>
    public static List<ContainerView> All(StateStore store)
    {
        var views = new List<ContainerView>();
        foreach (string id in store.Ids())
        {
            using ContainerDirectory? directory = store.TryOpenDirectory(id);
            if (directory is null)
            {
                continue;
            }

            try
            {
                views.Add(Of(directory));
            }
            catch (ContainerException e)
            {
                RuntimeLog.Warn(e.Message);
            }
        }

        return views;
    }

    /// <summary>The state document of the specification, as hooks get it.</summary>
    public ContainerState ToState() => new()
    {
        OciVersion = Record?.OciVersion,
        Id = Id,
        Status = Status.Name(),
        Pid = Pid,
        Bundle = Record?.Bundle,
        Annotations = Record?.Annotations,
    };
}
