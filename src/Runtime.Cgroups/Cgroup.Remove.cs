using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups;

public sealed partial class Cgroup
{
    /// <summary>
    /// Removes the cgroup and those below it, depth first. Where processes are still on their way out it waits on
    /// cgroup.events for the last of them and tries again. The parents stay: other containers may be on their way into them.
    /// A cgroup that is gone is no error.
    /// </summary>
    /// <param name="timeoutMilliseconds">The longest that processes may take to leave.</param>
    /// <exception cref="CgroupException">It cannot be removed; EBUSY names a process that is left.</exception>
    public void Remove(int timeoutMilliseconds)
    {
        long deadline = Environment.TickCount64 + timeoutMilliseconds;
        while (true)
        {
            Errno errno = CgroupTree.TryRemove(AT_FDCWD, Path);
            if (errno == Errno.OK)
            {
                return;
            }

            long left = deadline - Environment.TickCount64;
            if (errno is not (Errno.EBUSY or Errno.ENOTEMPTY) || left <= 0)
            {
                throw new CgroupException(string.Empty, $"rmdir {Path}", errno, RemovalHint(errno));
            }

            if (WaitEmpty((int)left))
            {
                // Empty and yet busy: a cgroup below was made or left at this moment. The pause only keeps the loop from spinning.
                Sys.Poll([], 1);
            }
        }
    }

    /// <summary>As <see cref="Remove(int)"/> by path, for a container whose cgroup may be gone.</summary>
    public static void Remove(string path, int timeoutMilliseconds)
    {
        // The hot path: an empty cgroup is one call away.
        Errno errno = Sys.TryUnlinkAt(AT_FDCWD, path, AT_REMOVEDIR);
        if (errno is Errno.OK or Errno.ENOENT or Errno.ENODEV)
        {
            return;
        }

        using Cgroup? cgroup = Open(path);
        cgroup?.Remove(timeoutMilliseconds);
    }

    private string RemovalHint(Errno errno)
    {
        if (errno != Errno.EBUSY)
        {
            return string.Empty;
        }

        try
        {
            List<int> left = Processes();
            return left.Count > 0 ? $"process {left[0]} is still in it" : "the kernel still counts a process in it";
        }
        catch (CgroupException)
        {
            return "a process is still in it, or in one of those below";
        }
    }
}
