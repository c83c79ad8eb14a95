using OciSpec;
using Runtime.Cgroups.Limits;

namespace Runtime.Cgroups.Controllers;

/// <summary><c>/linux/resources/network</c>: cgroup v2 has no net_cls and net_prio.</summary>
internal static class NetworkController
{
    public static void Compile(LinuxNetwork? network, LimitList list)
    {
        if (network?.ClassID is not (null or 0))
        {
            list.Ignore("/network/classID", "cgroup v2 has no net_cls");
        }

        if (network?.Priorities is { Count: > 0 })
        {
            list.Ignore("/network/priorities", "cgroup v2 has no net_prio");
        }
    }
}
