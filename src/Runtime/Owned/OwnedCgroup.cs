using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;
using Runtime.Linux;

namespace Runtime.Owned;

/// <summary>
/// A container's cgroup, and with systemd the scope that it is. Record it only once the cgroup was seen to be missing or empty:
/// whatever is in it is killed with the container.
/// </summary>
public sealed class OwnedCgroup(string path, CgroupManager manager, bool rootless) : OwnedResource
{
    internal const string Name = "cgroup";
    private const int EndMilliseconds = 10_000;

    /// <summary>Absolute path of the cgroup on the host's cgroup2 mount.</summary>
    public string Path => path;

    /// <summary>Who made it.</summary>
    public CgroupManager Manager => manager;

    /// <inheritdoc/>
    public override string Kind => Name;

    /// <inheritdoc/>
    public override Dictionary<string, string> Facts => rootless
        ? new() { ["path"] = path, ["manager"] = manager.Name(), ["rootless"] = "true" }
        : new() { ["path"] = path, ["manager"] = manager.Name() };

    /// <summary>A request about it, as its driver takes them.</summary>
    internal CgroupRequest Request(string id) => new() { Id = id, Rootless = rootless };

    /// <summary>
    /// The usual case at the end of a container, in one call: nothing is in it, and it goes. False where there may be processes, and
    /// with systemd, which removes what it has made.
    /// </summary>
    internal bool TryRemoveEmpty() =>
        manager != CgroupManager.Systemd && Sys.TryUnlinkAt(Abi.AT_FDCWD, path, Abi.AT_REMOVEDIR) is Errno.OK or Errno.ENOENT or Errno.ENODEV;

    /// <inheritdoc/>
    internal override void Release()
    {
        using ICgroupDriver driver = manager.NewDriver();
        CgroupRequest request = Request(string.Empty);
        driver.Remove(request, path, EndMilliseconds);
        foreach (string warning in request.Warnings)
        {
            RuntimeLog.Warn(warning);
        }
    }
}
