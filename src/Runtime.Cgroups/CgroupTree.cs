using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups;

/// <summary>
/// The cgroups below a cgroup. A guest that owns its own makes as many and as deep as it likes, so a walk holds the one
/// directory that it is in, whatever the depth: it goes down and closes what is above, and comes back by <c>..</c>, which
/// in this filesystem is the true parent for good (cgroup v2 has no rename).
/// </summary>
internal static class CgroupTree
{
    /// <summary>Names of the cgroups directly below; none where the directory is gone.</summary>
    public static List<string> Children(int dirfd)
    {
        TryChildren(dirfd, out List<string> names);
        return names;
    }

    /// <summary>
    /// Visits the cgroup and all below it, each before those below it. What goes away meanwhile is left out.
    /// </summary>
    /// <param name="dirfd">The cgroup's directory; it stays the caller's.</param>
    /// <param name="visit">Gets each one's directory and depth, 0 for the first.</param>
    /// <returns>The first error but "gone", which kept the walk from going down or on.</returns>
    public static Errno Walk(int dirfd, Action<int, int> visit)
    {
        visit(dirfd, 0);
        return Walk(dirfd, enter: (at, _, depth) => visit(at, depth), leave: null);
    }

    /// <summary>
    /// Removes the cgroups below <paramref name="name"/>, depth first, and then it: the error of its rmdir, EBUSY where a
    /// process is left, or the one that kept this process from looking below it.
    /// </summary>
    public static Errno TryRemove(int dirfd, string name)
    {
        Errno errno = Remove(dirfd, name);
        if (errno is not (Errno.EBUSY or Errno.ENOTEMPTY))
        {
            return errno;
        }

        Errno walked = Sys.TryOpenAt(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? opened);
        if (opened is not null)
        {
            using Fd directory = opened;
            walked = Walk(directory.Number, enter: null, leave: static (above, child) => Remove(above, child));
        }

        errno = Remove(dirfd, name);
        return errno is Errno.EBUSY or Errno.ENOTEMPTY && !IsGone(walked) ? walked : errno;
    }

    private static bool IsGone(Errno errno) => errno is Errno.OK or Errno.ENOENT or Errno.ENODEV;

    private static Errno Remove(int dirfd, string name)
    {
        Errno errno = Sys.TryUnlinkAt(dirfd, name, AT_REMOVEDIR);
        return IsGone(errno) ? Errno.OK : errno;
    }

    /// <summary>Goes through everything below a directory with one fd of its own, and one more while a directory is read.</summary>
    private static Errno Walk(int top, Action<int, string, int>? enter, Action<int, string>? leave)
    {
        Errno first = TryChildren(top, out List<string> names);
        var levels = new Stack<Level>();
        levels.Push(new Level(string.Empty, names));
        Fd? own = null; // the directory of the level on the top; null for the first one, which is the caller's
        try
        {
            while (true)
            {
                Level level = levels.Peek();
                int at = own?.Number ?? top;
                if (level.Next < level.Children.Count)
                {
                    string child = level.Children[level.Next++];
                    Errno errno = Sys.TryOpenAt(at, child, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? opened);
                    if (opened is null)
                    {
                        first = IsGone(first) ? errno : first;
                        continue;
                    }

                    own?.Dispose();
                    own = opened;
                    enter?.Invoke(own.Number, child, levels.Count);
                    errno = TryChildren(own.Number, out names);
                    first = IsGone(first) ? errno : first;
                    levels.Push(new Level(child, names));
                    continue;
                }

                levels.Pop();
                if (levels.Count == 0)
                {
                    return IsGone(first) ? Errno.OK : first;
                }

                Errno back = Up(ref own, isFirst: levels.Count == 1);
                if (back != Errno.OK)
                {
                    return back;
                }

                leave?.Invoke(own?.Number ?? top, level.Name);
            }
        }
        finally
        {
            own?.Dispose();
        }
    }

    private static Errno Up(ref Fd? own, bool isFirst)
    {
        Fd? above = null;
        if (!isFirst)
        {
            Errno errno = Sys.TryOpenAt(own!.Number, "..", O_PATH | O_DIRECTORY, 0, out above);
            if (errno != Errno.OK)
            {
                return errno;
            }
        }

        own!.Dispose();
        own = above;
        return Errno.OK;
    }

    private static Errno TryChildren(int dirfd, out List<string> names)
    {
        names = [];
        Errno errno = DirectoryReader.TryOpen(dirfd, out DirectoryReader? opened);
        if (opened is null)
        {
            return errno;
        }

        using DirectoryReader reader = opened;
        while (reader.MoveNext())
        {
            if (reader.Current.IsDirectory)
            {
                names.Add(reader.Current.Name);
            }
        }

        return reader.Error;
    }

    private sealed record Level(string Name, List<string> Children)
    {
        public int Next { get; set; }
    }
}
