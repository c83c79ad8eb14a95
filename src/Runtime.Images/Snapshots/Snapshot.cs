using OciSpec.Image;
using Runtime.Images.Store;
using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Snapshots;

/// <summary>
/// The root filesystem of a container on an image: the image's layers, which nobody removes from here on, and a directory of its own for
/// what it changes. Planned before anything is made, so that whoever records it first finds it again.
/// </summary>
public sealed class Snapshot : IDisposable
{
    /// <summary>In the container's directory: where the launch mounts the root.</summary>
    public const string Mountpoint = "rootfs";

    private readonly ImageStore _store;
    private readonly List<HeldLayer> _held;
    private readonly string _upper;
    private readonly string _work;

    private Snapshot(ImageStore store, StoredContainer container, List<HeldLayer> held, string upper, string work)
    {
        _store = store;
        Container = container;
        _held = held;
        _upper = upper;
        _work = work;
        UserXattrs = held.Exists(l => store.Layers.Info(l.Digest)?.UserXattrs == true);
    }

    /// <summary>The container; its range of ids is known once it is made.</summary>
    public StoredContainer Container { get; private set; }

    /// <summary>The absolute path of its directory.</summary>
    public string Path => _store.Containers.PathOf(Container.Id);

    /// <summary>Whether overlayfs's marks in the layers are user attributes.</summary>
    public bool UserXattrs { get; }

    /// <summary>The layers' absolute paths, the topmost first; of an image without layers the empty directory that the root is mounted on.</summary>
    public IReadOnlyList<string> Layers => _held.Count == 0 ? [$"{Path}/{Mountpoint}"] : [.. _held.Select(l => _store.Layers.FilesOf(l.Digest)).Reverse()];

    /// <summary>Holds an image's layers for a container.</summary>
    /// <param name="store">The store; it stays the caller's, and open.</param>
    /// <param name="container">The container.</param>
    /// <param name="upper">The name of the directory that takes the changes.</param>
    /// <param name="work">The name of the directory that overlayfs itself needs.</param>
    /// <exception cref="ImageException">A layer is missing.</exception>
    public static Snapshot Plan(ImageStore store, StoredContainer container, string upper, string work)
    {
        var held = new List<HeldLayer>();
        foreach (ContentDigest layer in container.Layers)
        {
            if (store.Layers.TryHold(layer) is not { } lock_)
            {
                held.ForEach(l => l.Dispose());
                throw new ImageException($"{container.Image}: its layer {layer} is missing here: cctl pull {container.Image} fetches it again");
            }

            held.Add(lock_);
        }

        return new Snapshot(store, container, held, upper, work);
    }

    /// <summary>Makes the container's directory, and takes its name and ids.</summary>
    /// <param name="ranges">The first ids of ranges to choose from; null where it needs none.</param>
    /// <exception cref="ImageException">The name is taken, or the store cannot be written.</exception>
    public void Make(IEnumerable<uint>? ranges)
    {
        Container = _store.Containers.Make(Container, ranges);
        using Fd directory = StoreDirectory.Open(AT_FDCWD, Path, Path);
        foreach (string name in (ReadOnlySpan<string>)[_work, Mountpoint, _upper])
        {
            StoreDirectory.Make(directory.Number, name, $"{Path}/{name}").Dispose();
        }

        TakeRootOfTopLayer(directory);
    }

    /// <summary>Writes a small file into the container's directory, for everybody to read.</summary>
    /// <returns>Its absolute path.</returns>
    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        using Fd directory = StoreDirectory.Open(AT_FDCWD, Path, Path);
        FileText.Replace(directory.Number, name, bytes, 0b110_100_100);
        Sys.TryFchmodAt(directory.Number, name, 0b110_100_100); // whatever the umask
        return $"{Path}/{name}";
    }

    /// <summary>Lets the layers go: from now on the container's record holds them.</summary>
    public void Dispose() => _held.ForEach(l => l.Dispose());

    // The root's owner, mode and time are those of the directory of changes, which is new: they are to be the image's.
    private void TakeRootOfTopLayer(Fd directory)
    {
        Errno errno = Sys.TryStatx(AT_FDCWD, Layers[0], AT_SYMLINK_NOFOLLOW, out statx top);
        uint first = Container.FirstId ?? 0;
        if (errno == Errno.OK && Sys.GetEuid() == 0)
        {
            errno = Sys.TryFchownAt(directory.Number, _upper, first + top.stx_uid, first + top.stx_gid, AT_SYMLINK_NOFOLLOW);
        }

        errno = errno == Errno.OK ? Sys.TryFchmodAt(directory.Number, _upper, _held.Count == 0 ? 0b111_101_101 : top.stx_mode & 0b111_111_111_111) : errno;
        errno = errno == Errno.OK ? Sys.TrySetTime(directory.Number, _upper, top.stx_mtime.tv_sec, (int)top.stx_mtime.tv_nsec) : errno;
        if (errno != Errno.OK)
        {
            throw StoreDirectory.Failed("chmod", $"{Path}/{_upper}", errno);
        }
    }
}
