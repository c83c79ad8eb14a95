using System.Security.Cryptography;
using System.Text;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary>An archive of blobs by digest, as an image layout has them, written in one go: tar(5), ustar.</summary>
internal sealed class ImageArchive(ImageStore store, Stream output)
{
    private const int Block = 512;
    private const long LargestOctal = 1L << 33;

    private readonly HashSet<string> _written = [];

    /// <summary>Writes an image's layers, as plain archives, and its config; the manifest that goes with them.</summary>
    /// <exception cref="ImageException">A layer is damaged or gone.</exception>
    internal ImageManifest AddLayersAndConfig(StoredImage image)
    {
        var layers = new List<Descriptor>();
        foreach (ContentDigest diffId in image.DiffIds)
        {
            using HeldLayer layer = store.Layers.TryHold(diffId) ?? throw Gone(diffId);
            LayerInfo info = store.Layers.Info(diffId) ?? throw Gone(diffId);
            layers.Add(new Descriptor { MediaType = MediaTypes.Layer, Digest = diffId.Text, Size = info.ArchiveBytes });
            if (Begin(PathOf(diffId), info.ArchiveBytes))
            {
                Copy(layer, info.ArchiveBytes);
            }
        }

        AddBlob(image.Id, image.ConfigBytes);
        return NewManifest.Of(image.Id, image.ConfigBytes.Length, layers);
    }

    internal void AddBlob(ContentDigest digest, byte[] bytes) => AddFile(PathOf(digest), bytes);

    internal void AddFile(string path, byte[] bytes)
    {
        if (Begin(path, bytes.Length))
        {
            output.Write(bytes);
            Pad(bytes.Length);
        }
    }

    /// <summary>Writes the archive's end.</summary>
    internal void End() => output.Write(new byte[2 * Block]);

    private void Copy(HeldLayer layer, long length)
    {
        using Stream archive = new LayerProof(store).OpenArchive(layer);
        using var hash = Digests.Start(layer.Digest.Algorithm);
        byte[] buffer = new byte[128 << 10];
        long copied = 0;
        int read;
        while ((read = archive.Read(buffer, 0, buffer.Length)) > 0 && copied + read <= length)
        {
            hash.AppendData(buffer, 0, read);
            output.Write(buffer, 0, read);
            copied += read;
        }

        if (copied != length || ContentDigest.Of(hash.GetCurrentHash()) != layer.Digest)
        {
            throw new ImageException($"layer {layer.Digest.Short} is damaged: cctl system check --repair takes it away, then pull or load its image again");
        }

        Pad(length);
    }

    private bool Begin(string path, long size)
    {
        if (!_written.Add(path))
        {
            return false;
        }

        byte[] header = new byte[Block];
        Encoding.ASCII.GetBytes(path, header);
        Octal(header, 100, 8, 0b110_100_100);
        Octal(header, 108, 8, 0);
        Octal(header, 116, 8, 0);
        Octal(header, 136, 12, 0);
        header[156] = (byte)'0';
        "ustar\u000000"u8.CopyTo(header.AsSpan(257));
        if (size < LargestOctal)
        {
            Octal(header, 124, 12, size);
        }
        else
        {
            header[124] = 0x80; // GNU's numbers of 95 bits: what a layer of 8 GiB takes.
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(128), size);
        }

        header.AsSpan(148, 8).Fill((byte)' ');
        Octal(header, 148, 7, header.Sum(b => (long)b));
        output.Write(header);
        return true;
    }

    private static void Octal(byte[] header, int start, int length, long value) =>
        Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(length - 1, '0'), header.AsSpan(start));

    private void Pad(long size) => output.Write(new byte[-size & (Block - 1)]);

    private static string PathOf(ContentDigest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";

    private static ImageException Gone(ContentDigest layer) => new($"layer {layer.Short} is gone: pull or load the image again");
}
