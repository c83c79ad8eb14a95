using OciSpec;
using Runtime.Cgroups.Limits;

namespace Runtime.Cgroups.Drivers;

/// <summary>
/// How containers' cgroups are made: by writing to cgroupfs, by asking systemd, or not at all. The calls in their order:
/// <see cref="Prepare"/>, clone3 (into the cgroup's directory where there is one), <see cref="Attach"/> while the new
/// process waits, then the process goes on.
/// </summary>
public interface ICgroupDriver : IDisposable
{
    /// <summary>Whose driver it is.</summary>
    CgroupManager Manager { get; }

    /// <summary>
    /// Before the clone: makes the cgroup and sets its limits. The caller owns the result and clones into its
    /// <see cref="Cgroup.Directory"/>. Null where the cgroup can only be made for a pid (systemd: the process must leave
    /// its cgroup namespace for a new one after <see cref="Attach"/>) or where there is none (see the request's warnings).
    /// On failure nothing is left behind.
    /// </summary>
    /// <exception cref="CgroupException">It cannot be made, is frozen or not empty, or a limit is refused.</exception>
    Cgroup? Prepare(CgroupRequest request);

    /// <summary>
    /// After the clone, before the process goes on: makes sure that <paramref name="pid"/> is in its cgroup.
    /// Gives back <paramref name="prepared"/>, or the cgroup that was made now, or null where there is none.
    /// </summary>
    /// <exception cref="CgroupException">It cannot be made, or a limit is refused.</exception>
    Cgroup? Attach(CgroupRequest request, Cgroup? prepared, int pid);

    /// <summary>
    /// Changes the limits of a container that exists, all or none: a refused write gives the others their earlier values back.
    /// </summary>
    /// <param name="request">The container, with the update as its resources.</param>
    /// <param name="now">The resources that hold, as the state records them; see <see cref="ResourceMerge"/>.</param>
    /// <param name="cgroup">Its cgroup.</param>
    /// <exception cref="CgroupException">A limit is refused.</exception>
    void Update(CgroupRequest request, LinuxResources? now, Cgroup cgroup);

    /// <summary>
    /// Removes the cgroup at <paramref name="path"/> with those below it, after its processes were killed; waits up to
    /// <paramref name="timeoutMilliseconds"/> for the last of them. What is gone already is no error.
    /// That systemd does not stop the scope is a warning of the request: a scope ends with its cgroup.
    /// </summary>
    /// <exception cref="CgroupException">It cannot be removed.</exception>
    void Remove(CgroupRequest request, string path, int timeoutMilliseconds);
}
