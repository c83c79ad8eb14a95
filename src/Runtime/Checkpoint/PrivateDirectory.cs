using System.Globalization;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// A directory on a tmpfs of its own, in the mount namespace of a restore (<see cref="PrivateMounts"/>): nobody else can
/// change what lies there, and nothing of it is left. Everybody may search it: in a user namespace criu reads as its root.
/// </summary>
internal sealed class PrivateDirectory : IDisposable
{
    private const int Searchable = 0b111_101_101;
    private const int Readable = 0b110_100_100;

    private PrivateDirectory(Fd fd) => Fd = fd;

    /// <summary>The directory.</summary>
    public Fd Fd { get; }

    /// <summary>Mounts a new one.</summary>
    /// <param name="place">Where it is mounted: a directory of which nothing is needed in that namespace.</param>
    /// <exception cref="ContainerException">It cannot be made.</exception>
    public static PrivateDirectory Mount(string place)
    {
        Errno errno = Sys.TryMakeFilesystem("tmpfs", 0, out Fd? mount);
        using (mount)
        {
            if (mount is not null)
            {
                errno = Sys.TryMoveMount(mount.Number, place);
            }
        }

        Require(errno, $"mount a tmpfs on {place}");
        var directory = new PrivateDirectory(Sys.OpenAt(AT_FDCWD, place, O_RDONLY | O_DIRECTORY));
        Sys.TryFchmod(directory.Fd.Number, Searchable);
        return directory;
    }

    /// <summary>Makes a directory below it. The caller owns it.</summary>
    /// <exception cref="ContainerException">It cannot be made.</exception>
    public PrivateDirectory Make(string name)
    {
        Require(Sys.TryMkdirAt(Fd.Number, name, Searchable), $"make {name}");
        var made = new PrivateDirectory(Sys.OpenAt(Fd.Number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
        // The umask is the caller's.
        Sys.TryFchmod(made.Fd.Number, Searchable);
        return made;
    }

    /// <summary>Makes a file with these bytes.</summary>
    /// <exception cref="ContainerException">It cannot be made.</exception>
    public void Write(string name, ReadOnlySpan<byte> bytes)
    {
        using Fd file = MakeFile(name);
        Require(bytes.IsEmpty ? Errno.OK : Sys.TryWrite(file.Number, bytes), $"write {name}");
    }

    /// <summary>Shows a file of elsewhere.</summary>
    /// <param name="name">Its name here.</param>
    /// <param name="file">The file, opened in this mount namespace; it stays the caller's.</param>
    /// <exception cref="ContainerException">It cannot be mounted.</exception>
    public void Show(string name, Fd file)
    {
        MakeFile(name).Dispose();
        Mount(file, string.Empty, string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Fd.Number}/{name}"));
    }

    /// <summary>Shows a directory of elsewhere, as above.</summary>
    /// <exception cref="ContainerException">It cannot be mounted.</exception>
    public void ShowDirectory(string name, Fd directory)
    {
        Make(name).Dispose();
        Mount(directory, string.Empty, string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Fd.Number}/{name}"));
    }

    /// <summary>Mounts a file that lies here over one elsewhere.</summary>
    /// <exception cref="ContainerException">It cannot be mounted.</exception>
    public void Cover(string path, string name)
    {
        if (Sys.TryAccess(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == Errno.OK)
        {
            Mount(Fd, name, path);
        }
    }

    /// <summary>Makes a device.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="mode">Type and permissions.</param>
    /// <param name="device">Its number, as mknod(2) has it.</param>
    /// <param name="uid">Its owner, as the host has it.</param>
    /// <param name="gid">Its group.</param>
    /// <exception cref="ContainerException">It cannot be made.</exception>
    public void MakeNode(string name, int mode, long device, uint uid, uint gid)
    {
        Require(Sys.TryMknodAt(Fd.Number, name, mode, device), $"make the device {name}");
        using Fd node = Sys.OpenAt(Fd.Number, name, O_PATH | O_NOFOLLOW);
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{node.Number}");
        Require(Sys.TryFchownAt(AT_FDCWD, path, uid, gid, 0), $"give the device {name} to {uid}:{gid}");
        Require(Sys.TryFchmodAt(AT_FDCWD, path, mode & 0b111_111_111_111), $"change the mode of the device {name}");
    }

    /// <inheritdoc/>
    public void Dispose() => Fd.Dispose();

    private static void Mount(Fd directory, string name, string path)
    {
        Errno errno = Sys.TryOpenTree(directory.Number, name, OPEN_TREE_CLONE | AT_EMPTY_PATH, out Fd? tree);
        using (tree)
        {
            if (tree is not null)
            {
                errno = Sys.TryMoveMount(tree.Number, path);
            }
        }

        Require(errno, $"mount on {path}");
    }

    private Fd MakeFile(string name)
    {
        Errno errno = Sys.TryOpenAt(Fd.Number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, Readable, out Fd? file);
        Require(errno, $"make {name}");
        Sys.TryFchmod(file!.Number, Readable);
        return file;
    }

    private static void Require(Errno errno, string tried)
    {
        if (errno != Errno.OK)
        {
            throw new ContainerException($"restore: {tried}: {errno.Name()}");
        }
    }
}
