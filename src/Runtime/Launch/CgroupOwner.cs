using OciSpec;
using Runtime.Cgroups;
using Runtime.Linux;

namespace Runtime.Launch;

/// <summary>
/// Whose a container's cgroup is (config-linux.md, "Cgroup ownership"): a guest that has a cgroup namespace of its own
/// and mounts it writable, as one does that runs its own init, gets the cgroup that it sees.
/// </summary>
internal static class CgroupOwner
{
    /// <summary>Gives the cgroup to the process's user, where the config asks for it so.</summary>
    /// <exception cref="CgroupException">The kernel refuses.</exception>
    public static void Give(Cgroup? cgroup, RuntimeConfig config, bool rootless)
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
    internal static bool IsAskedFor(RuntimeConfig config)
    {
        if (config.Linux?.Namespaces?.Exists(n => n.Type == "cgroup" && string.IsNullOrEmpty(n.Path)) != true)
        {
            return false;
        }

        // The last mount covers those before it.
        Mount? mount = config.Mounts?.FindLast(m => m.Destination?.TrimEnd('/') == "/sys/fs/cgroup");
        return mount is { Type: "cgroup" or "cgroup2" } && mount.Options?.FindLast(o => o is "ro" or "rw") != "ro";
    }

    /// <summary>The process's user as the host sees it; null where the mapping is not the config's own, or has no such user.</summary>
    internal static uint? HostUid(RuntimeConfig config)
    {
        uint uid = config.Process?.User?.Uid ?? 0;
        LinuxNamespace? user = config.Linux?.Namespaces?.Find(n => n.Type == "user");
        if (user is null)
        {
            return uid;
        }

        foreach (IdMapping mapping in string.IsNullOrEmpty(user.Path) ? config.Linux!.UidMappings ?? [] : [])
        {
            uint first = mapping.ContainerID ?? 0;
            if (uid >= first && uid - first < (mapping.Size ?? 0))
            {
                return (mapping.HostID ?? 0) + (uid - first);
            }
        }

        return null;
    }
}
