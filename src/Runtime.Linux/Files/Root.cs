using static Runtime.Linux.Abi;

namespace Runtime.Linux.Files;

/// <summary>What becomes of the symlinks on a path below a <see cref="Root"/>.</summary>
public enum Links
{
    /// <summary>They are followed, as if the root were <c>/</c>: an absolute one starts there, and <c>..</c> ends there.</summary>
    Followed,

    /// <summary>There must be none (ELOOP), and no <c>..</c> that leads out (EXDEV).</summary>
    Refused,
}

/// <summary>
/// A directory that nothing leads out of: no <c>..</c>, no symlink, no mount that somebody makes meanwhile. The kernel resolves
/// every path (openat2(2), Linux 5.6), so whoever renames or links in it while it is used gains nothing. What is reached is a
/// descriptor; what is made or removed is one name in a directory that was reached so.
/// </summary>
/// <remarks>Names are bytes; as strings they are what <see cref="FileName"/> makes of them.</remarks>
public sealed partial class Root : IDisposable
{
    /// <summary>For a name in a directory: what is mounted below a root is not what it holds.</summary>
    private const ulong SameMount = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS;

    private readonly ulong _resolve;

    /// <summary>Takes over a directory, which may be opened with O_PATH.</summary>
    public Root(Fd directory, Links links = Links.Followed)
    {
        Directory = directory;
        _resolve = RESOLVE_NO_MAGICLINKS | (links == Links.Followed ? RESOLVE_IN_ROOT : RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    }

    /// <summary>The directory itself. Owned by this object.</summary>
    public Fd Directory { get; }

    /// <summary>Opens the directory at a path that is trusted.</summary>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public static Root Open(string path, Links links = Links.Followed) => new(Sys.OpenAt(AT_FDCWD, path, O_PATH | O_DIRECTORY), links);

    /// <summary>As <see cref="Open(string, Links)"/>, and null where it cannot be opened.</summary>
    public static Errno TryOpen(string path, Links links, out Root? root)
    {
        Errno errno = Sys.TryOpenAt(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, out Fd? directory);
        root = directory is null ? null : new Root(directory, links);
        return errno;
    }

    /// <summary>Opens what is at a path, close-on-exec. The caller owns the fd.</summary>
    /// <param name="unsafePath">The path; empty, <c>.</c> and <c>/</c> are the root itself.</param>
    /// <param name="flags">O_* of openat2(2), without O_CREAT: see <see cref="TryCreate"/>.</param>
    /// <param name="fd">What is there; null with an error.</param>
    public Errno TryOpen(string unsafePath, int flags, out Fd? fd) =>
        Sys.TryOpenAt2(Directory.Number, Whole(unsafePath), flags, 0, _resolve, out fd);

    /// <summary>
    /// Opens the directory that a path's last name is in, and gives that name: what is made, removed or renamed is done there, where
    /// a name leads nowhere. EINVAL where the path ends in <c>.</c>, <c>..</c> or is the root itself.
    /// </summary>
    public Errno TryOpenParent(string unsafePath, out Fd? parent, out string name)
    {
        string parentPath = Split(unsafePath, out name);
        parent = null;
        return name is "" or "." or ".." ? Errno.EINVAL : TryOpen(parentPath, O_PATH | O_DIRECTORY, out parent);
    }

    /// <summary>Opens a directory, which is made with those above it where they are missing. The caller owns the fd.</summary>
    /// <param name="unsafePath">The path.</param>
    /// <param name="mode">The mode of those that are made, less the umask.</param>
    /// <param name="directory">The directory, opened with O_PATH.</param>
    /// <returns>ENOENT too where a link on the way leads nowhere, EINVAL where <c>..</c> would have to be made.</returns>
    public Errno TryMakeDirectory(string unsafePath, int mode, out Fd? directory)
    {
        Errno errno = TryOpen(unsafePath, O_PATH | O_DIRECTORY, out directory);
        if (errno != Errno.ENOENT)
        {
            return errno;
        }

        string parentPath = Split(unsafePath, out string name);
        if (name is "" or "." or "..")
        {
            return Errno.EINVAL;
        }

        errno = TryMakeDirectory(parentPath, mode, out Fd? above);
        if (above is null)
        {
            return errno;
        }

        using Fd parent = above;
        errno = Sys.TryMkdirAt(parent.Number, name, mode);
        return errno is Errno.OK or Errno.EEXIST ? TryOpen(unsafePath, O_PATH | O_DIRECTORY, out directory) : errno;
    }

    /// <summary>Makes a file, which must not exist, in a directory that does, and opens it for writing. The caller owns the fd.</summary>
    public Errno TryCreate(string unsafePath, int mode, out Fd? file)
    {
        file = null;
        Errno errno = TryOpenParent(unsafePath, out Fd? above, out string name);
        if (above is null)
        {
            return errno;
        }

        using Fd parent = above;
        return Sys.TryOpenAt(parent.Number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode, out file);
    }

    /// <summary>What a path leads to; a link at its end is not followed.</summary>
    public Errno TryStat(string unsafePath, out statx status)
    {
        status = default;
        Errno errno = TryOpen(unsafePath, O_PATH | O_NOFOLLOW, out Fd? opened);
        if (opened is null)
        {
            return errno;
        }

        using Fd there = opened;
        return Sys.TryStatx(there.Number, string.Empty, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, out status);
    }

    /// <summary>The content of a regular file that a stranger may have put there, see <see cref="GuestFile"/>.</summary>
    public Errno TryRead(string unsafePath, int limit, out byte[] bytes) =>
        GuestFile.TryRead(Directory.Number, unsafePath, _resolve, limit, out bytes);

    /// <summary>Closes the directory.</summary>
    public void Dispose() => Directory.Dispose();

    // With RESOLVE_IN_ROOT "/" is the root; with RESOLVE_BENEATH it is refused.
    private static string Whole(string unsafePath) => unsafePath.Length == 0 || unsafePath.AsSpan().Trim('/').Length == 0 ? "." : unsafePath;

    private static string Split(string unsafePath, out string name)
    {
        string path = unsafePath.TrimEnd('/');
        int slash = path.LastIndexOf('/');
        name = path[(slash + 1)..];
        return slash < 0 ? string.Empty : path[..(slash + 1)];
    }
}
