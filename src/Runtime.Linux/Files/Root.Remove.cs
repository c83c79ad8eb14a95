using System.Globalization;
using static Runtime.Linux.Abi;

namespace Runtime.Linux.Files;

public sealed partial class Root
{
    /// <summary>Directories below directories that are gone down into, each with a descriptor.</summary>
    private const int Deepest = 100;

    /// <summary>
    /// Removes what is at a path, a directory with everything in it. That it is missing is no error; what another filesystem is
    /// mounted on stays, with that one's content (EBUSY, EXDEV).
    /// </summary>
    public Errno TryRemove(string unsafePath)
    {
        Errno errno = TryOpenParent(unsafePath, out Fd? above, out string name);
        if (above is null)
        {
            return errno == Errno.ENOENT ? Errno.OK : errno;
        }

        using Fd parent = above;
        return TryRemove(parent.Number, name);
    }

    /// <summary>Removes everything in the root; the root itself stays.</summary>
    public Errno TryRemoveContent() => TryRemoveContent(Directory.Number);

    /// <summary>Removes an entry of a directory, with everything in it; links are removed, not followed. That it is missing is no error.</summary>
    public static Errno TryRemove(int dirfd, string name)
    {
        Errno errno = Sys.TryUnlinkAt(dirfd, name, 0);
        // EPERM: what POSIX has for a directory, and some filesystems too.
        if (errno is not (Errno.EISDIR or Errno.EPERM))
        {
            return errno == Errno.ENOENT ? Errno.OK : errno;
        }

        Errno removed = Sys.TryUnlinkAt(dirfd, name, AT_REMOVEDIR);
        if (removed is not (Errno.ENOTEMPTY or Errno.EEXIST))
        {
            return removed == Errno.ENOENT ? Errno.OK : removed == Errno.ENOTDIR ? errno : removed;
        }

        errno = Sys.TryOpenAt2(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, SameMount, out Fd? opened);
        if (opened is null)
        {
            return errno;
        }

        using (opened)
        {
            errno = TryRemoveContent(opened.Number);
        }

        removed = Sys.TryUnlinkAt(dirfd, name, AT_REMOVEDIR);
        return removed is Errno.OK or Errno.ENOENT ? Errno.OK : errno != Errno.OK ? errno : removed;
    }

    /// <summary>Removes everything in a directory; what cannot be removed stays, and its error is the answer.</summary>
    public static Errno TryRemoveContent(int dirfd)
    {
        int moved = 0;
        Errno errno;
        do
        {
            // What was moved up from too far below is found the next time.
            int before = moved;
            errno = RemoveContent(dirfd, dirfd, 0, ref moved);
            if (moved == before)
            {
                break;
            }
        }
        while (true);
        return errno;
    }

    private static Errno RemoveContent(int top, int dirfd, int depth, ref int moved)
    {
        Errno first = DirectoryReader.TryReadAll(dirfd, out List<DirectoryEntry> entries);
        foreach (DirectoryEntry entry in entries)
        {
            Errno errno = RemoveEntry(top, dirfd, entry, depth, ref moved);
            first = first == Errno.OK && errno != Errno.ENOENT ? errno : first;
        }

        return first;
    }

    private static Errno RemoveEntry(int top, int dirfd, DirectoryEntry entry, int depth, ref int moved)
    {
        Errno errno = entry.IsDirectory ? Errno.EISDIR : Sys.TryUnlinkAt(dirfd, entry.Name, 0);
        if (errno is not (Errno.EISDIR or Errno.EPERM))
        {
            return errno;
        }

        Errno removed = Sys.TryUnlinkAt(dirfd, entry.Name, AT_REMOVEDIR);
        if (removed is not (Errno.ENOTEMPTY or Errno.EEXIST))
        {
            return removed == Errno.ENOTDIR ? errno : removed;
        }

        if (depth >= Deepest)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $".cctl-removed-{Environment.ProcessId}-{moved}");
            errno = Sys.TryRenameAt2(dirfd, entry.Name, top, name, RENAME_NOREPLACE);
            moved += errno is Errno.OK or Errno.EEXIST ? 1 : 0;
            return errno == Errno.EEXIST ? Errno.OK : errno;
        }

        errno = Sys.TryOpenAt2(dirfd, entry.Name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, SameMount, out Fd? opened);
        if (opened is null)
        {
            return errno;
        }

        using (opened)
        {
            errno = RemoveContent(top, opened.Number, depth + 1, ref moved);
        }

        removed = Sys.TryUnlinkAt(dirfd, entry.Name, AT_REMOVEDIR);
        return removed == Errno.OK ? Errno.OK : errno != Errno.OK ? errno : removed;
    }
}
