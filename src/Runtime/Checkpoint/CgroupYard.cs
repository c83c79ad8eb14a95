using Runtime.Cgroups;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// What criu calls a cgroup yard: a directory that has the host's hierarchies by their names. Without one criu mounts the
/// cgroup2 filesystem itself, with no options. Options belong to the filesystem, not to the mount, so that the host's own
/// mount would lose nsdelegate and memory_recursiveprot. Disposing removes it.
/// </summary>
internal sealed class CgroupYard : IDisposable
{
    private const string Name = "cgroups";
    private const string Unified = "unified"; // criu/cgroup.c, ctrl_dir_and_opt
    private readonly int _directory;

    private CgroupYard(int directory, string path) => (_directory, Path) = (directory, path);

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Makes one; null where the host has no cgroup2 filesystem.</summary>
    /// <param name="directory">The directory that it is made in; it stays the caller's.</param>
    /// <param name="path">The directory's path.</param>
    /// <exception cref="ContainerException">It cannot be made.</exception>
    public static CgroupYard? Make(int directory, string path)
    {
        using CgroupMount? mount = CgroupMount.Find();
        if (mount is null)
        {
            return null;
        }

        var yard = new CgroupYard(directory, path + "/" + Name);
        yard.Dispose();
        Errno errno = Sys.TryMkdirAt(directory, Name, 0b111_000_000);
        if (errno == Errno.OK)
        {
            errno = Sys.TrySymlinkAt(mount.Path, directory, Name + "/" + Unified);
        }

        return errno == Errno.OK ? yard : throw new ContainerException($"make {yard.Path}: {errno.Name()}");
    }

    /// <summary>One for a restore, whose processes look from a root of their own: no link, but the filesystem itself.</summary>
    /// <param name="directory">A directory of the restore's mount namespace.</param>
    /// <returns>Whether the host has a cgroup2 filesystem.</returns>
    /// <exception cref="ContainerException">It cannot be made.</exception>
    public static bool Fill(PrivateDirectory directory)
    {
        using CgroupMount? mount = CgroupMount.Find();
        if (mount is not null)
        {
            directory.ShowDirectory(Unified, mount.Directory);
        }

        return mount is not null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Sys.TryUnlinkAt(_directory, Name + "/" + Unified, 0);
        Sys.TryUnlinkAt(_directory, Name, AT_REMOVEDIR);
    }
}
