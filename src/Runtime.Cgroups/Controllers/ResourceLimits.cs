using OciSpec;
using Runtime.Cgroups.Limits;

namespace Runtime.Cgroups.Controllers;

/// <summary>Turns <c>/linux/resources</c> into writes. Nothing is read or written here: the same input gives the same list.</summary>
public static class ResourceLimits
{
    /// <summary>Every controller's writes, those of <c>unified</c> last, so that they win.</summary>
    /// <param name="resources">The config's section; null is empty.</param>
    /// <param name="strict">What cgroup v2 does not know is an error, not a warning.</param>
    /// <exception cref="CgroupException">A value is not possible.</exception>
    public static LimitList Compile(LinuxResources? resources, bool strict)
    {
        var list = new LimitList(strict);
        if (resources is null)
        {
            return list;
        }

        MemoryController.Compile(resources.Memory, list);
        CpuController.Compile(resources.Cpu, list);
        CpusetController.Compile(resources.Cpu, list);
        PidsController.Compile(resources.Pids, list);
        IoController.Compile(resources.BlockIO, list);
        HugetlbController.Compile(resources.HugepageLimits, list);
        RdmaController.Compile(resources.Rdma, list);
        NetworkController.Compile(resources.Network, list);
        UnifiedFiles.Compile(resources.Unified, list);
        return list;
    }
}
