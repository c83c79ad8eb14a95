using OciSpec;

namespace Runtime.Cgroups.Drivers;

/// <summary>No cgroup: the container stays in the caller's, as <c>--cgroup-manager disabled</c> asks. Limits are refused.</summary>
public sealed class DisabledDriver : ICgroupDriver
{
    /// <inheritdoc/>
    public CgroupManager Manager => CgroupManager.Disabled;

    /// <inheritdoc/>
    public Cgroup? Prepare(CgroupRequest request)
    {
        RequestedLimits.Refuse(request, "cgroups are disabled, so nothing can be limited");
        return null;
    }

    /// <inheritdoc/>
    public Cgroup? Attach(CgroupRequest request, Cgroup? prepared, int pid) => prepared;

    /// <inheritdoc/>
    public void Update(CgroupRequest request, LinuxResources? now, Cgroup cgroup) =>
        RequestedLimits.Refuse(request, "cgroups are disabled, so nothing can be limited");

    /// <inheritdoc/>
    public void Remove(CgroupRequest request, string path, int timeoutMilliseconds)
    {
    }

    /// <summary>There is nothing to close.</summary>
    public void Dispose()
    {
    }
}
