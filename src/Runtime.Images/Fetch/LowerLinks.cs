using OciSpec.Image;
using Runtime.Images.Layers;
using Runtime.Images.Store;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Fetch;

/// <summary>Hard links of a layer to files of the layers below it: the layer gets a copy, as writing to such a file would have made one.</summary>
internal sealed class LowerLinks(ImageStore store, List<UnpackedLayer> unpacked)
{
    private const ulong Inside = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

    /// <summary>Makes them for the layers that are to be committed.</summary>
    internal void Make(List<(Descriptor Blob, ContentDigest DiffId)> layers, List<UnpackedLayer> ready)
    {
        foreach (UnpackedLayer layer in ready)
        {
            if (layer.MissingLinks.Count > 0)
            {
                List<ContentDigest> below = [.. layers.TakeWhile(l => l.DiffId != layer.Digest).Select(l => l.DiffId)];
                new LowerCopies(below, [.. layer.MissingLinks.Select(l => (l.Path, Make(below, layer, l.Path, l.Target)))]).Write(layer.Directory);
            }
        }
    }

    private ContentDigest Make(List<ContentDigest> below, UnpackedLayer layer, string path, string target)
    {
        for (int i = below.Count - 1; i >= 0; i--)
        {
            using Fd root = OpenFiles(below[i]);
            Errno errno = Sys.TryOpenAt2(root.Number, target, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, Inside, out Fd? found);
            if (found is not null)
            {
                using Fd file = found;
                Copy(layer, path, file);
                return LowerCopies.DigestOf(file, layer.Digest.Algorithm);
            }

            // A whiteout, or a file in the place of its directory: what is further down is gone.
            if (errno is Errno.ENXIO or Errno.ENOTDIR)
            {
                break;
            }
        }

        throw new ImageException($"layer {layer.Digest.Short}: \"{Tar.TarException.Printable(path)}\" is a hard link to \"{Tar.TarException.Printable(target)}\", which neither it nor a lower layer has");
    }

    private Fd OpenFiles(ContentDigest diffId)
    {
        UnpackedLayer? made = unpacked.Find(u => u.Digest == diffId);
        return made is not null
            ? StoreDirectory.Open(made.Directory.Directory.Number, "fs", made.Directory.Shown)
            : Sys.OpenAt(AT_FDCWD, store.Layers.FilesOf(diffId), O_RDONLY | O_DIRECTORY);
    }

    private static void Copy(UnpackedLayer layer, string path, Fd from)
    {
        using Fd root = StoreDirectory.Open(layer.Directory.Directory.Number, "fs", layer.Directory.Shown);
        using var directories = new LayerDirectories(root);
        (string parent, string name) = LayerPath.Split(path);
        int directory = directories.Make(parent, path);
        Errno errno = Sys.TryStatx(from.Number, "", AT_EMPTY_PATH, out statx status);
        Fd? copy = null;
        errno = errno == Errno.OK ? Sys.TryOpenAt(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, StoreDirectory.FileMode, out copy) : errno;
        if (copy is null || (status.stx_mode & S_IFMT) != S_IFREG)
        {
            copy?.Dispose();
            throw new ImageException($"layer {layer.Digest.Short}: a copy for the hard link \"{Tar.TarException.Printable(path)}\": {(errno == Errno.OK ? "it is not a file" : errno.Name())}");
        }

        using (copy)
        {
            long copied = 1;
            while (errno == Errno.OK && copied > 0)
            {
                errno = Sys.TrySendFile(copy.Number, from.Number, 1 << 30, out copied);
            }

            errno = errno == Errno.OK ? Sys.TryFchown(copy.Number, status.stx_uid, status.stx_gid) : errno;
            errno = errno == Errno.OK ? Sys.TryFchmod(copy.Number, status.stx_mode & 0b111_111_111_111) : errno;
            errno = errno == Errno.OK ? Sys.TrySetTime(directory, name, status.stx_mtime.tv_sec, (int)status.stx_mtime.tv_nsec) : errno;
        }

        if (errno != Errno.OK)
        {
            throw StoreDirectory.Failed("copy", $"\"{Tar.TarException.Printable(path)}\"", errno);
        }
    }
}
