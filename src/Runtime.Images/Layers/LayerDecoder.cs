using System.IO.Compression;
using OciSpec.Image;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Runtime.Images.Layers;

/// <summary>Makes a layer's archive of its compressed form, and refuses what unpacks to far more than it is.</summary>
public static class LayerDecoder
{
    /// <summary>Largest window of zstd, as a power of two: 128 MiB of memory, what the zstd program itself takes without being told.</summary>
    public const int LargestWindow = 27;

    private const long AlwaysAllowed = 1L << 30;
    private const int MostTimes = 200;

    /// <summary>The archive as a stream. The compressed content stays the caller's.</summary>
    public static Stream Open(Stream compressed, LayerCompression compression)
    {
        switch (compression)
        {
            case LayerCompression.Gzip:
                var counted = new CountingStream(compressed);
                return new BoundedStream(new GZipStream(counted, CompressionMode.Decompress, leaveOpen: true), counted);
            case LayerCompression.Zstd:
                counted = new CountingStream(compressed);
                var zstd = new DecompressionStream(counted, leaveOpen: true);
                zstd.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, LargestWindow);
                return new BoundedStream(zstd, counted);
            default:
                return new CountingStream(compressed); // Which leaves its content open, as the others do.
        }
    }

    /// <summary>What the first bytes of a file say of its compression: gzip's and zstd's magic numbers, or none.</summary>
    public static LayerCompression Sniff(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]) ? LayerCompression.Gzip
        : start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]) ? LayerCompression.Zstd
        : LayerCompression.None;

    private sealed class CountingStream(Stream inner) : ForwardStream
    {
        internal long Count { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            int length = inner.Read(buffer);
            Count += length;
            return length;
        }
    }

    private sealed class BoundedStream(Stream inner, CountingStream compressed) : ForwardStream
    {
        private long _count;

        public override int Read(Span<byte> buffer)
        {
            int length;
            try
            {
                length = inner.Read(buffer);
            }
            catch (Exception e) when (e is InvalidDataException or ZstdException)
            {
                throw new ImageException("its compressed content is damaged", e);
            }

            _count += length;
            return _count <= AlwaysAllowed || _count / MostTimes <= compressed.Count
                ? length
                : throw new ImageException($"it unpacks to more than {MostTimes} times its size: a decompression bomb");
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
