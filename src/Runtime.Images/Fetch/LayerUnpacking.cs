using OciSpec.Image;
using Runtime.Images.Layers;
using Runtime.Images.Store;
using Runtime.Images.Tar;
using Runtime.Linux;
using ZstdSharp;

namespace Runtime.Images.Fetch;

/// <summary>
/// Unpacks one layer into the store's tmp/ and proves it: one thread inflates, the other takes the digest and writes files. A layer
/// whose archive is not what its diffID says is gone when the error is thrown.
/// </summary>
internal sealed class LayerUnpacking(ImageStore store, TarLimits limits)
{
    private const int SkeletonLevel = 1;
    private const int SkeletonWindowLog = 17; // Headers repeat what is near; the usual window takes a megabyte of memory a layer.

    /// <summary>Unpacks a layer; the caller owns the result.</summary>
    /// <param name="compressed">Its content, to be read to its end.</param>
    /// <param name="compression">How that is compressed.</param>
    /// <param name="diffId">The digest that its archive must have.</param>
    /// <param name="warn">Takes what its user should know.</param>
    /// <exception cref="ImageException">The layer is not what it should be, or cannot be written.</exception>
    internal UnpackedLayer Unpack(Stream compressed, LayerCompression compression, ContentDigest diffId, Action<string> warn)
    {
        TemporaryDirectory made = store.Temporary.Make();
        try
        {
            var layer = new UnpackedLayer(diffId, made);
            using Fd files = StoreDirectory.Make(made.Directory.Number, "fs", made.Shown);
            Sys.TryFchmod(files.Number, 0b111_101_101); // Unless the archive says otherwise: what the guest has as its root.
            using var pipe = new ChunkPipe();
            var inflating = new Thread(() =>
            {
                using Stream plain = LayerDecoder.Open(compressed, compression);
                pipe.Fill(plain);
            });
            inflating.Start();
            try
            {
                Read(pipe, files, layer, warn);
            }
            finally
            {
                pipe.Abandon();
                inflating.Join();
            }

            return layer;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    private void Read(ChunkPipe pipe, Fd files, UnpackedLayer layer, Action<string> warn)
    {
        using var plain = new HashingStream(pipe, layer.Digest.Algorithm);
        var options = new LayerOptions { UserXattrs = store.UserXattrs, WithoutDevices = store.UserXattrs };
        long fileBytes;
        using (Stream skeleton = OpenSkeleton(layer.Directory))
        using (var unpacker = new LayerUnpacker(files, options))
        {
            var writer = new LayerSkeletonWriter(skeleton);
            var reader = new TarReader(plain, limits, writer);
            unpacker.Unpack(reader, writer);
            writer.Flush();
            layer.MissingLinks = unpacker.LinksIntoLowerLayers;
            fileBytes = reader.FileBytes;
            if (unpacker.DevicesLeftOut > 0)
            {
                warn($"layer {layer.Digest.Short}: {unpacker.DevicesLeftOut} device nodes are left out: only root can make them");
            }
        }

        if (plain.Digest != layer.Digest)
        {
            throw new ImageException($"its archive has the digest {plain.Digest}, not {layer.Digest} as the image's config says");
        }

        var info = new LayerInfo { ArchiveBytes = plain.Count, FileBytes = fileBytes, UserXattrs = store.UserXattrs };
        WriteInfo(layer.Directory, info);
    }

    private static void WriteInfo(TemporaryDirectory directory, LayerInfo info)
    {
        Errno errno = Sys.TryOpenAt(directory.Directory.Number, "info", Abi.O_WRONLY | Abi.O_CREAT | Abi.O_EXCL, StoreDirectory.FileMode, out Fd? file);
        if (file is null)
        {
            throw StoreDirectory.Failed("write", directory.Shown + "/info", errno);
        }

        using (file)
        {
            errno = Sys.TryWrite(file.Number, info.Write());
        }

        if (errno != Errno.OK)
        {
            throw StoreDirectory.Failed("write", directory.Shown + "/info", errno);
        }
    }

    private static CompressionStream OpenSkeleton(TemporaryDirectory directory)
    {
        Errno errno = Sys.TryOpenAt(directory.Directory.Number, "skeleton", Abi.O_WRONLY | Abi.O_CREAT | Abi.O_EXCL, StoreDirectory.FileMode, out Fd? file);
        if (file is null)
        {
            throw StoreDirectory.Failed("write", directory.Shown + "/skeleton", errno);
        }

        var skeleton = new CompressionStream(new StoreFileStream(file, directory.Shown + "/skeleton"), SkeletonLevel, leaveOpen: false);
        skeleton.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_windowLog, SkeletonWindowLog);
        return skeleton;
    }
}
