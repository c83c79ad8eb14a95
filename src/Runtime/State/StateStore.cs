using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.State;

/// <summary>
/// The state root: one directory a container, named by its id. Making the directory is what claims the id, so nothing ever
/// needs to look at the other containers: only <c>list</c> reads the root.
/// </summary>
public sealed class StateStore : IDisposable
{
    /// <summary>The root for the host's root user.</summary>
    public const string DefaultRoot = "/run/cctl";

    private const int OwnerOnly = 0b111_000_000;
    private readonly Fd? _fd; // null where nobody has made the root: it has no container

    private StateStore(string root, Fd? fd)
    {
        Root = root;
        _fd = fd;
    }

    /// <summary>Absolute path of the root.</summary>
    public string Root { get; }

    /// <summary>The root that is used when none is named: <see cref="DefaultRoot"/>, or <c>$XDG_RUNTIME_DIR/cctl</c> when rootless.</summary>
    public static string RootFor(bool rootless)
    {
        if (!rootless)
        {
            return DefaultRoot;
        }

        string? runtimeDir = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return string.IsNullOrEmpty(runtimeDir) ? $"/run/user/{Sys.GetEuid()}/cctl" : runtimeDir.TrimEnd('/') + "/cctl";
    }

    /// <summary>Opens the root, and makes it with mode 0700 where it is missing.</summary>
    /// <param name="root">Path of the root; relative ones start at the working directory.</param>
    /// <exception cref="ContainerException">It cannot be made, is no directory, or others than this user and root can write to it.</exception>
    public static StateStore Open(string root) => Open(root, make: true);

    /// <summary>As <see cref="Open(string)"/>, for who makes no container: a root that is missing stays so, and has none.</summary>
    /// <exception cref="ContainerException">It is no directory, or others than this user and root can write to it.</exception>
    public static StateStore OpenExisting(string root) => Open(root, make: false);

    private static StateStore Open(string root, bool make)
    {
        string path = System.IO.Path.GetFullPath(root);
        Errno errno = Sys.TryOpenAt(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, out Fd? fd);
        if (errno == Errno.ENOENT && !make)
        {
            return new StateStore(path, null);
        }

        if (errno == Errno.ENOENT)
        {
            MakeDirectories(path);
            errno = Sys.TryOpenAt(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, out fd);
        }

        if (fd is null)
        {
            throw errno.IsShortage()
                ? new SyscallException($"state root {path}", errno)
                : new ContainerException($"state root {path}: {Reason(path, errno)}: choose another with --root");
        }

        RefuseWhereOthersWrite(path, fd);
        return new StateStore(path, fd);
    }

    /// <summary>
    /// Claims the id by making its directory, and returns it locked. It has no record yet: write one before anything
    /// outside the directory is made.
    /// </summary>
    /// <exception cref="ContainerException">The id is in use or not allowed.</exception>
    public ContainerDirectory Create(string id)
    {
        ContainerId.Check(id);
        Errno errno = _fd is null ? Errno.ENOENT : Sys.TryMkdirAt(_fd.Number, id, OwnerOnly);
        if (errno == Errno.EEXIST)
        {
            throw new ContainerException(
                $"container id \"{id}\": the name is in use under {Root}: delete that container first, or choose another id");
        }

        if (errno != Errno.OK)
        {
            throw new ContainerException($"state root {Root}: make {id}: {errno.InWords()}: make room or choose another with --root");
        }

        ContainerDirectory directory = OpenClaimed(id);
        if (!directory.TryLock())
        {
            directory.Dispose();
            throw new ContainerException($"container \"{id}\": another process took it while it was being created");
        }

        return directory;
    }

    // Whoever claims an id and cannot go on gives it back.
    private ContainerDirectory OpenClaimed(string id)
    {
        try
        {
            return TryOpenDirectory(id) ?? throw ContainerException.DoesNotExist(id, Root);
        }
        catch
        {
            Sys.TryUnlinkAt(_fd!.Number, id, AT_REMOVEDIR);
            throw;
        }
    }

    /// <summary>Opens a container's directory without locking it.</summary>
    /// <exception cref="ContainerException">There is none (<c>does not exist</c>), or the id is not allowed.</exception>
    public ContainerDirectory OpenContainer(string id)
    {
        ContainerId.Check(id);
        return TryOpenNamed(id) ?? throw ContainerException.DoesNotExist(id, Root);
    }

    /// <summary>Finds the id of a container that is not called by it: by its name, or the beginning of the id. Null without such names.</summary>
    public static Func<string, string?>? FindId { get; set; }

    /// <summary>Whether there is a container of this very id.</summary>
    public bool Has(string id) => _fd is not null && Sys.TryAccess(_fd.Number, id, 0, AT_SYMLINK_NOFOLLOW) == Errno.OK;

    /// <summary>Opens the directory of a container that is called by its id or otherwise; null where there is none.</summary>
    public ContainerDirectory? TryOpenNamed(string word) =>
        TryOpenDirectory(word) ?? (FindId?.Invoke(word) is { } id ? TryOpenDirectory(id) : null);

    /// <summary>Opens a container's directory and waits for its lock.</summary>
    /// <param name="id">The container.</param>
    /// <param name="timeoutMilliseconds">How long to wait for another process that is at work on it.</param>
    /// <exception cref="ContainerException">There is none (<c>does not exist</c>), or the other process did not finish.</exception>
    public ContainerDirectory OpenLocked(string id, int timeoutMilliseconds = 10_000)
    {
        ContainerDirectory directory = OpenContainer(id);
        try
        {
            directory.Lock(timeoutMilliseconds);
        }
        catch
        {
            directory.Dispose();
            throw;
        }

        return directory;
    }

    /// <summary>The ids of all containers, sorted. Its time grows with their number; no other method's does.</summary>
    /// <exception cref="SyscallException">The root cannot be read.</exception>
    public List<string> Ids()
    {
        var ids = new List<string>();
        if (_fd is null)
        {
            return ids;
        }

        Errno errno = DirectoryReader.TryReadAll(_fd.Number, out List<DirectoryEntry> entries);
        if (errno != Errno.OK)
        {
            throw new SyscallException($"read the state root {Root}", errno);
        }

        foreach (DirectoryEntry entry in entries)
        {
            if (entry.IsDirectory)
            {
                ids.Add(entry.Name);
            }
        }

        ids.Sort(string.CompareOrdinal);
        return ids;
    }

    /// <summary>Opens a container's directory, or null where there is none.</summary>
    public ContainerDirectory? TryOpenDirectory(string id)
    {
        if (_fd is null)
        {
            return null;
        }

        Errno errno = Sys.TryOpenAt(_fd.Number, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? fd);
        return errno switch
        {
            Errno.OK => new ContainerDirectory(id, $"{Root}/{id}", _fd.Number, fd!),
            Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP => null,
            _ => throw new ContainerException($"open {Root}/{id}: {errno.InWords()}"),
        };
    }

    /// <summary>Closes the root; directories that were opened from it can no longer be removed.</summary>
    public void Dispose() => _fd?.Dispose();

    private static void MakeDirectories(string path)
    {
        for (int slash = path.IndexOf('/', 1); ; slash = path.IndexOf('/', slash + 1))
        {
            string directory = slash < 0 ? path : path[..slash];
            Errno errno = Sys.TryMkdirAt(AT_FDCWD, directory, OwnerOnly);
            if (errno is not (Errno.OK or Errno.EEXIST))
            {
                throw new ContainerException($"state root {path}: make {directory}: {Reason(directory, errno)}: choose another with --root");
            }

            if (slash < 0)
            {
                return;
            }
        }
    }

    // A part of the path that is no directory is named: it is what the caller did not expect there.
    private static string Reason(string path, Errno errno)
    {
        for (int slash = path.IndexOf('/', 1); errno == Errno.ENOTDIR; slash = path.IndexOf('/', slash + 1))
        {
            string part = slash < 0 ? path : path[..slash];
            if (Sys.TryStatx(AT_FDCWD, part, 0, out statx status) == Errno.OK && (status.stx_mode & S_IFMT) != S_IFDIR)
            {
                return $"{errno.InWords()}: {part} is in the way";
            }

            if (slash < 0)
            {
                break;
            }
        }

        return errno.InWords();
    }

    private static void RefuseWhereOthersWrite(string path, Fd fd)
    {
        Errno errno = Sys.TryStatx(fd.Number, string.Empty, AT_EMPTY_PATH, out statx status);
        if (errno != Errno.OK)
        {
            throw new SyscallException($"statx(\"{path}\")", errno);
        }

        if ((status.stx_mode & 0b000_010_010) != 0)
        {
            throw new ContainerException(
                $"state root {path}: others may write to it (mode {Convert.ToString(status.stx_mode & 0b111_111_111_111, 8)}): "
                + "whoever writes there decides what cctl does: use a directory of mode 0700");
        }

        if (status.stx_uid != 0 && status.stx_uid != Sys.GetEuid())
        {
            throw new ContainerException($"state root {path}: it belongs to uid {status.stx_uid}: use a directory of your own");
        }
    }
}
