using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups;

/// <summary>Whether the kernel lets this process put a child of its own into a cgroup.</summary>
public static class CgroupEntry
{
    /// <summary>
    /// The cgroup that forbids it: what the caller's own and the target have in common must be the caller's to write, as the
    /// target (cgroups(7), "delegation containment"). Null where both are, or where the kernel has to be asked.
    /// </summary>
    /// <param name="path">The target's absolute path.</param>
    public static string? Forbids(string path)
    {
        using CgroupMount? mount = CgroupMount.Find();
        if (Sys.GetEuid() == 0 || mount?.OwnCgroup() is not { } own || !path.StartsWith(mount.Path + "/", StringComparison.Ordinal))
        {
            return null;
        }

        string common = $"{mount.Path}/{own}".TrimEnd('/');
        while (common.Length > mount.Path.Length && !$"{path}/".StartsWith(common + "/", StringComparison.Ordinal))
        {
            common = common[..common.LastIndexOf('/')];
        }

        return Sys.TryAccess(AT_FDCWD, common + "/cgroup.procs", W_OK, 0) != Errno.OK ? common
            : Sys.TryAccess(AT_FDCWD, path + "/cgroup.procs", W_OK, 0) != Errno.OK ? path
            : null;
    }
}
