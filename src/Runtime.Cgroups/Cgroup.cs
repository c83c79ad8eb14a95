using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups;

/// <summary>One cgroup of the v2 hierarchy, held by its directory. See cgroups(7) and the kernel's cgroup-v2 document.</summary>
public sealed partial class Cgroup : IDisposable
{
    private Cgroup(string path, Fd directory, bool isNew)
    {
        Path = path;
        Directory = directory;
        IsNew = isNew;
    }

    /// <summary>Absolute path of the directory, mount point included: what a container's state records.</summary>
    public string Path { get; }

    /// <summary>The directory, opened with O_PATH: the base of its files, and what CLONE_INTO_CGROUP takes. Owned by this object.</summary>
    public Fd Directory { get; }

    /// <summary>This object made the directory; false where it was there before.</summary>
    public bool IsNew { get; }

    /// <summary>Whether there is a living process in it or below it. False where the cgroup is gone.</summary>
    /// <exception cref="CgroupException">It cannot be known: this process has no descriptor or memory left.</exception>
    public bool IsPopulated => Events().Populated;

    /// <summary>Whether it is frozen, by its own wish or an ancestor's. False where the cgroup is gone.</summary>
    /// <exception cref="CgroupException">As of <see cref="IsPopulated"/>.</exception>
    public bool IsFrozen => Events().Frozen;

    /// <summary>Opens an existing cgroup by the path that a state recorded; null where it is gone.</summary>
    /// <exception cref="SyscallException">It exists and cannot be opened.</exception>
    public static Cgroup? Open(string path)
    {
        Errno errno = Sys.TryOpenAt(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, out Fd? directory);
        return directory is not null ? new Cgroup(path, directory, isNew: false)
            : errno is Errno.ENOENT or Errno.ENODEV ? null
            : throw new SyscallException($"openat({AT_FDCWD}, \"{path}\", O_PATH)", errno);
    }

    /// <summary>
    /// Makes the cgroup <paramref name="relative"/> below <paramref name="mount"/> with the directories above it,
    /// or takes the one that is there. The error is mkdirat(2)'s or openat(2)'s.
    /// </summary>
    internal static Errno TryCreate(CgroupMount mount, string relative, out Cgroup? cgroup)
    {
        cgroup = null;
        int root = mount.Directory.Number;
        Errno errno = Sys.TryMkdirAt(root, relative, 0b111_101_101);
        for (int attempt = 0; errno == Errno.ENOENT && attempt < 8; attempt++)
        {
            // Again when a parent vanished in between: somebody else's removal of an empty one.
            Errno parents = TryMakeParents(root, relative);
            if (parents != Errno.OK)
            {
                return parents;
            }

            errno = Sys.TryMkdirAt(root, relative, 0b111_101_101);
        }

        bool isNew = errno == Errno.OK;
        if (!isNew && errno != Errno.EEXIST)
        {
            return errno;
        }

        // One of another user's is none that this process may use: root's container of the same name has its cgroup there.
        if (!isNew && Sys.TryAccess(root, relative + "/cgroup.procs", W_OK, 0) is (Errno.EACCES or Errno.EPERM or Errno.EROFS) and Errno forbidden)
        {
            return forbidden;
        }

        errno = Sys.TryOpenAt(root, relative, O_PATH | O_DIRECTORY, 0, out Fd? directory);
        if (directory is not null)
        {
            cgroup = new Cgroup(string.Concat(mount.Path, "/", relative), directory, isNew);
        }

        return errno;
    }

    /// <summary>Takes a directory that exists, for a driver that has it made by somebody else. The fd's owner is the new object.</summary>
    internal static Cgroup Take(string path, Fd directory) => new(path, directory, isNew: true);

    /// <summary>Closes the directory; the cgroup stays.</summary>
    public void Dispose() => Directory.Dispose();

    private CgroupEvents Events()
    {
        Errno errno = CgroupEvents.TryRead(Directory.Number, out CgroupEvents events);
        return errno.IsShortage() ? throw new CgroupException(string.Empty, $"read {Path}/{CgroupEvents.FileName}", errno, string.Empty) : events;
    }

    private static Errno TryMakeParents(int root, string relative)
    {
        for (int slash = relative.IndexOf('/'); slash > 0; slash = relative.IndexOf('/', slash + 1))
        {
            Errno errno = Sys.TryMkdirAt(root, relative[..slash], 0b111_101_101);
            if (errno is not (Errno.OK or Errno.EEXIST))
            {
                return errno;
            }
        }

        return Errno.OK;
    }
}
