using OciSpec;
using Runtime.Cgroups;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;

namespace Runtime.Launch;

/// <summary>
/// Whose a container's cgroup is (config-linux.md, "Cgroup ownership"): a guest that has a cgroup namespace of its own
/// and mounts it writable, as one does that runs its own init, gets the cgroup that it sees.
/// </summary>
internal static class CgroupOwner
{
    /// <summary>Gives the cgroup to the process's user, where the config asks for it so.</summary>
    /// <exception cref="CgroupException">The kernel refuses.</exception>
    public static void Give(Cgroup? cgroup, ResolvedConfig config, bool rootless)
    {
        if (cgroup is null || !IsAskedFor(config) || HostUid(config) is not uint uid || uid == Sys.GetEuid())
        {
            return;
        }

        try
        {
            cgroup.Delegate(uid);
        }
        catch (CgroupException e) when (rootless && e.Errno == Errno.EPERM)
        {
            // A user may give nothing away, and what it has made itself belongs to the guest's root.
            RuntimeLog.Write(LogLevel.Debug, e.Message);
        }
    }

    /// <summary>A new cgroup namespace, and a cgroup filesystem that may be written to on the usual place.</summary>
    internal static bool IsAskedFor(ResolvedConfig config)
    {
        if (!config.Namespaces.Makes(Abi.CLONE_NEWCGROUP))
        {
            return false;
        }

        // The last mount covers those before it.
        Mount? mount = config.Mounts.LastOrDefault(m => m.Target == "sys/fs/cgroup")?.Mount;
        return mount is { Type: "cgroup" or "cgroup2" } && mount.Options?.FindLast(o => o is "ro" or "rw") != "ro";
    }

    /// <summary>The process's user as the host sees it; null where the mapping is not the config's own, or has no such user.</summary>
    internal static uint? HostUid(ResolvedConfig config)
    {
        uint uid = config.Config.Process?.User?.Uid ?? 0;
        return config.Namespaces.Makes(Abi.CLONE_NEWUSER) ? IdMappings.ToHost(config.Config.Linux?.UidMappings, uid)
            : config.Namespaces.Joins(Abi.CLONE_NEWUSER) ? null
            : uid;
    }
}
