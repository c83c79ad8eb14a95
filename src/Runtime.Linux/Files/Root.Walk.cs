using static Runtime.Linux.Abi;

namespace Runtime.Linux.Files;

/// <summary>What a walk has come to.</summary>
/// <param name="Parent">The directory that it is in, opened with O_PATH; only for as long as the visit lasts.</param>
/// <param name="Name">Its name there.</param>
/// <param name="Path">Its path below the root, without a slash in front.</param>
/// <param name="Status">What it is; a link itself, not what it leads to.</param>
public readonly record struct Visited(Fd Parent, string Name, string Path, statx Status)
{
    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => (Status.stx_mode & S_IFMT) == S_IFDIR;
}

public sealed partial class Root
{
    /// <summary>
    /// Visits everything below the root, a directory before what is in it; links are visited, not followed. What vanishes meanwhile
    /// is left out, and so is what is in directories on which something is mounted.
    /// </summary>
    /// <param name="visit">What to do; any answer but OK ends the walk.</param>
    /// <returns>The error that ended it; ELOOP where directories are nested deeper than 100.</returns>
    public Errno TryWalk(Func<Visited, Errno> visit) => TryWalk(Directory, string.Empty, 0, visit);

    private static Errno TryWalk(Fd directory, string path, int depth, Func<Visited, Errno> visit)
    {
        Errno errno = DirectoryReader.TryOpen(directory.Number, out DirectoryReader? opened);
        if (opened is null)
        {
            return errno;
        }

        using DirectoryReader reader = opened;
        while (reader.MoveNext())
        {
            errno = Visit(directory, path, reader.Current.Name, depth, visit);
            if (errno != Errno.OK)
            {
                return errno;
            }
        }

        return reader.Error;
    }

    private static Errno Visit(Fd directory, string path, string name, int depth, Func<Visited, Errno> visit)
    {
        Errno errno = Sys.TryStatx(directory.Number, name, AT_SYMLINK_NOFOLLOW, out statx status);
        if (errno != Errno.OK)
        {
            return errno == Errno.ENOENT ? Errno.OK : errno;
        }

        var visited = new Visited(directory, name, path + name, status);
        errno = visit(visited);
        if (errno != Errno.OK || !visited.IsDirectory)
        {
            return errno;
        }

        if (depth >= Deepest)
        {
            return Errno.ELOOP;
        }

        errno = Sys.TryOpenAt2(directory.Number, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, SameMount, out Fd? opened);
        if (opened is null)
        {
            return errno is Errno.ENOENT or Errno.ENOTDIR or Errno.EXDEV ? Errno.OK : errno;
        }

        using Fd inner = opened;
        return TryWalk(inner, visited.Path + "/", depth + 1, visit);
    }
}
