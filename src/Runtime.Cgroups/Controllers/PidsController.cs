using System.Globalization;
using OciSpec;
using Runtime.Cgroups.Limits;

namespace Runtime.Cgroups.Controllers;

/// <summary><c>/linux/resources/pids</c>: pids.max, the number of tasks. 0 becomes 1, since the container has a process; −1 is no limit.</summary>
internal static class PidsController
{
    public static void Compile(LinuxPids? pids, LimitList list)
    {
        if (pids?.Limit is { } limit)
        {
            list.Add("/pids/limit", "pids.max", limit < 0 ? "max" : Math.Max(limit, 1).ToString(CultureInfo.InvariantCulture));
        }
    }
}
