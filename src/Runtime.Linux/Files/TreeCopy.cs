using static Runtime.Linux.Abi;

namespace Runtime.Linux.Files;

/// <summary>
/// Copies the content of a directory into another, with owners, modes, links, devices and extended attributes. Both sides are
/// reached by fds alone; no link is followed and no device is opened, for a stranger decides what lies there, and may change it
/// meanwhile.
/// </summary>
public sealed class TreeCopy
{
    /// <summary>Most files and directories that are copied.</summary>
    public const int MostEntries = 1 << 20;

    /// <summary>Deepest directory: each level holds three fds open.</summary>
    public const int Deepest = 200;

    private const ulong Confined = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    private int _entries;

    private TreeCopy()
    {
    }

    /// <summary>Copies what is in a directory.</summary>
    /// <param name="from">The directory that is read.</param>
    /// <param name="to">The directory that gets copies; nothing of the same names may be in it.</param>
    /// <param name="takesRoot">Whether it gets the owner, mode and attributes of the other as well.</param>
    /// <exception cref="TreeException">Something could not be copied, or there is too much.</exception>
    public static void Copy(Fd from, Fd to, bool takesRoot)
    {
        Require(Sys.TryOpenAt2(from.Number, ".", O_RDONLY | O_DIRECTORY, 0, Confined, out Fd? sourceFd), "open", string.Empty);
        using Fd source = sourceFd!;
        Require(Sys.TryOpenAt2(to.Number, ".", O_RDONLY | O_DIRECTORY, 0, Confined, out Fd? targetFd), "open", string.Empty);
        using Fd target = targetFd!;
        Require(Sys.TryStatx(source.Number, string.Empty, AT_EMPTY_PATH, out statx status), "statx", string.Empty);
        new TreeCopy().Directory(source, target, string.Empty, 0);
        if (takesRoot)
        {
            Finish(source, target, status, string.Empty);
        }
    }

    private void Directory(Fd source, Fd target, string path, int depth)
    {
        if (depth > Deepest)
        {
            throw new TreeException("copy", path, Errno.ELOOP, $"directories are nested deeper than {Deepest}");
        }

        Require(DirectoryReader.TryOpen(source.Number, out DirectoryReader? opened), "open", path);
        using DirectoryReader reader = opened!;
        while (reader.MoveNext())
        {
            Entry(source, target, reader.Current.Name, path + "/" + reader.Current.Name, depth);
        }

        Require(reader.Error, "read", path);
    }

    private void Entry(Fd source, Fd target, string name, string path, int depth)
    {
        if (++_entries > MostEntries)
        {
            throw new TreeException("copy", path, Errno.EFBIG, $"more than {MostEntries} files");
        }

        Errno errno = Sys.TryOpenAt2(source.Number, name, O_PATH | O_NOFOLLOW, 0, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS, out Fd? opened);
        if (opened is null)
        {
            if (errno == Errno.ENOENT)
            {
                return; // removed meanwhile
            }

            throw new TreeException("open", path, errno);
        }

        using Fd entry = opened;
        Require(Sys.TryStatx(entry.Number, string.Empty, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, out statx status), "statx", path);
        switch (status.stx_mode & S_IFMT)
        {
            case S_IFDIR:
                CopyDirectory(entry, target, name, path, depth, status);
                break;
            case S_IFREG:
                CopyFile(entry, target, name, path, status);
                break;
            case S_IFLNK:
                string link = Sys.TryReadLink(entry.Number) ?? throw new TreeException("read the link", path, Errno.EIO);
                Require(Sys.TrySymlinkAt(link, target.Number, name), "make the link", path);
                Own(target, name, status, path);
                break;
            default:
                long device = DeviceNumber.Encode(status.stx_rdev_major, status.stx_rdev_minor);
                Require(Sys.TryMknodAt(target.Number, name, status.stx_mode, device), "make", path);
                Own(target, name, status, path);
                break;
        }
    }

    private void CopyDirectory(Fd entry, Fd target, string name, string path, int depth, in statx status)
    {
        using Fd source = Reopen(entry, O_RDONLY | O_DIRECTORY, path);
        Require(Sys.TryMkdirAt(target.Number, name, 0b111_000_000), "make", path);
        using Fd made = Sys.OpenAt2(target.Number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, Confined);
        Directory(source, made, path, depth + 1);
        Finish(source, made, status, path);
    }

    private static void CopyFile(Fd entry, Fd target, string name, string path, in statx status)
    {
        using Fd source = Reopen(entry, O_RDONLY, path);
        using Fd made = Sys.OpenAt2(target.Number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0b110_000_000, Confined);
        CopyContent(source, made, (long)status.stx_size, path);
        Finish(source, made, status, path);
    }

    /// <summary>Copies what there is, and leaves the holes: they would cost memory in the tmpfs, and none on the disk.</summary>
    private static void CopyContent(Fd source, Fd made, long size, string path)
    {
        for (long at = 0; at < size;)
        {
            // A filesystem that knows no holes shows one stretch of data (lseek(2)), or refuses to answer.
            Errno errno = Sys.TryLseek(source.Number, at, SEEK_DATA, out long data);
            if (errno == Errno.ENXIO)
            {
                break;
            }

            data = errno == Errno.OK ? data : at;
            errno = Sys.TryLseek(source.Number, data, SEEK_HOLE, out long hole);
            hole = errno == Errno.OK ? Math.Min(hole, size) : size;
            Require(Sys.TryLseek(source.Number, data, SEEK_SET, out _), "read", path);
            Require(Sys.TryLseek(made.Number, data, SEEK_SET, out _), "copy", path);
            for (at = data; at < hole;)
            {
                Require(Sys.TrySendFile(made.Number, source.Number, hole - at, out long copied), "copy", path);
                if (copied == 0)
                {
                    return; // it has become shorter meanwhile
                }

                at += copied;
            }

            at = Math.Max(at, hole);
        }

        Require(Sys.TryFtruncate(made.Number, size), "copy", path);
    }

    /// <summary>The very file that the O_PATH fd stands for, by the runtime's own procfs: a name might be another by now.</summary>
    private static Fd Reopen(Fd entry, int flags, string path)
    {
        Errno errno = Sys.TryOpenAt(AT_FDCWD, $"/proc/self/fd/{entry.Number}", flags | O_NONBLOCK, 0, out Fd? opened);
        return opened ?? throw new TreeException("open", path, errno);
    }

    // The owner first: changing it takes the set-user-id bit and the file capabilities away.
    private static void Finish(Fd source, Fd made, in statx status, string path)
    {
        Require(Sys.TryFchown(made.Number, status.stx_uid, status.stx_gid), "give to its owner", path);
        CopyAttributes(source, made, path);
        Require(Sys.TryFchmod(made.Number, status.stx_mode & 0b111_111_111_111), "set the mode of", path);
    }

    private static void Own(Fd directory, string name, in statx status, string path) =>
        Require(Sys.TryFchownAt(directory.Number, name, status.stx_uid, status.stx_gid, AT_SYMLINK_NOFOLLOW), "give to its owner", path);

    /// <summary>Extended attributes; what tmpfs does not take (user.* before Linux 6.6) or this user may not set stays behind.</summary>
    private static void CopyAttributes(Fd source, Fd made, string path)
    {
        Span<byte> none = [];
        if (Sys.TryListXattr(source.Number, none, out int size) != Errno.OK || size == 0)
        {
            return;
        }

        byte[] names = new byte[64 << 10];
        byte[] value = new byte[64 << 10];
        Require(Sys.TryListXattr(source.Number, names, out size), "list the attributes of", path);
        for (int at = 0; at < size;)
        {
            int end = names.AsSpan(at, size - at).IndexOf((byte)0);
            ReadOnlySpan<byte> name = names.AsSpan(at, end + 1);
            at += end + 1;
            if (Sys.TryGetXattr(source.Number, name, value, out int length) == Errno.OK)
            {
                Errno errno = Sys.TrySetXattr(made.Number, name, value.AsSpan(0, length));
                if (errno is not (Errno.OK or Errno.EOPNOTSUPP or Errno.EPERM))
                {
                    throw new TreeException("copy an attribute of", path, errno);
                }
            }
        }
    }

    private static void Require(Errno errno, string verb, string path)
    {
        if (errno != Errno.OK)
        {
            throw new TreeException(verb, path, errno);
        }
    }
}
