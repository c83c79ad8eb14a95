using Microsoft.Win32.SafeHandles;
using OciSpec.Image;
using Runtime.Images.Layers;
using Runtime.Linux;
using ZstdSharp;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Store;

/// <summary>Puts layers' archives together again, to prove them by their digests, or to hand them on.</summary>
/// <param name="store">The store.</param>
public sealed class LayerProof(ImageStore store)
{
    /// <summary>What is wrong with a layer; null where its archive, put together again, has the digest that it is known by.</summary>
    public string? Problem(HeldLayer layer)
    {
        try
        {
            using Stream archive = OpenArchive(layer);
            ContentDigest own = Digests.Of(archive, layer.Digest.Algorithm);
            if (own != layer.Digest)
            {
                return $"its archive has the digest {own}";
            }

            using Fd files = StoreDirectory.Open(layer.Directory.Number, "fs", store.Layers.FilesOf(layer.Digest));
            return LowerCopies.Read(layer.Directory)?.Problem(files);
        }
        catch (Exception e) when (e is ImageException or SyscallException or ZstdException or IOException)
        {
            return e.Message;
        }
    }

    /// <summary>A layer's archive, to be read once.</summary>
    /// <exception cref="ImageException">The layer is damaged.</exception>
    public Stream OpenArchive(HeldLayer layer)
    {
        string shown = store.Layers.FilesOf(layer.Digest);
        Fd root = StoreDirectory.Open(layer.Directory.Number, "fs", shown);
        Errno errno = Sys.TryOpenAt(layer.Directory.Number, "skeleton", O_RDONLY | O_NOFOLLOW, 0, out Fd? file);
        if (file is null)
        {
            root.Dispose();
            throw StoreDirectory.Failed("open", shown[..^2] + "skeleton", errno);
        }

        var skeleton = new DecompressionStream(new FileStream(new SafeFileHandle(file.Release(), ownsHandle: true), FileAccess.Read, bufferSize: 0), leaveOpen: false);
        return new OwningStream(new LayerArchiveStream(skeleton, root), skeleton, root);
    }

    private sealed class OwningStream(Stream inner, Stream skeleton, Fd root) : ForwardStream
    {
        public override int Read(Span<byte> buffer) => inner.Read(buffer);

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            skeleton.Dispose();
            root.Dispose();
            base.Dispose(disposing);
        }
    }
}
