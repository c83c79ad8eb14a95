using Runtime.Cgroups.Limits;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups.Devices;

public static unsafe partial class DeviceFilter
{
    private const string Section = LimitList.Root + "/devices";

    /// <summary>Attaches the filter for <paramref name="rules"/> to a fresh cgroup; none where they allow everything.</summary>
    /// <param name="cgroup">The cgroup.</param>
    /// <param name="rules">As <see cref="DeviceRules.For"/> gives them.</param>
    /// <param name="rootless">Without the privilege there is no filter: a user that cannot attach one cannot open other devices either.</param>
    /// <exception cref="CgroupException">The kernel refuses.</exception>
    internal static void Apply(Cgroup cgroup, List<DeviceRule> rules, bool rootless)
    {
        if (!AllowEverything(rules))
        {
            Check(TryAttach(cgroup.Directory, DeviceProgram.Compile(rules)), cgroup, rootless);
        }
    }

    /// <summary>Puts the filter for <paramref name="rules"/> in the place of the one that holds.</summary>
    /// <exception cref="CgroupException">The kernel refuses.</exception>
    internal static void Replace(Cgroup cgroup, List<DeviceRule> rules, bool rootless) =>
        Check(TryReplace(cgroup.Directory, DeviceProgram.Compile(rules)), cgroup, rootless);

    private static bool AllowEverything(List<DeviceRule> rules) => rules.Count == 1 && rules[0].Allow;

    private static void Check(Errno errno, Cgroup cgroup, bool rootless)
    {
        if (errno == Errno.OK || (rootless && errno == Errno.EPERM))
        {
            return;
        }

        throw new CgroupException(Section, $"attach the device filter to {cgroup.Path}", errno, errno switch
        {
            Errno.EPERM => "it takes CAP_BPF or CAP_SYS_ADMIN on the host, and no cgroup above may forbid filters below it",
            Errno.EINVAL or Errno.ENOSYS => "the kernel must be built with CONFIG_CGROUP_BPF",
            Errno.E2BIG or Errno.ENOSPC => "too many rules, or too many filters on the cgroups above",
            _ => string.Empty,
        });
    }
}
