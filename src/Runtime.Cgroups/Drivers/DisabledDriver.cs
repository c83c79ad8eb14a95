using OciSpec;

namespace Runtime.Cgroups.Drivers;

/// <summary>No cgroup: the container stays in the caller's, as <c>--cgroup-manager disabled</c> asks. Limits are refused.</summary>
public sealed class DisabledDriver : ICgroupDriver
{
    /// <inheritdoc/>
    public string Name => "disabled";

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
}
