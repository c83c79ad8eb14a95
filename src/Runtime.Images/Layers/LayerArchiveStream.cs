using System.Buffers.Binary;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Layers;

/// <summary>
/// A layer's archive, put together again of its skeleton (<see cref="LayerSkeletonWriter"/>) and its files; to be read once, from its
/// beginning. Files are read below the layer's root without following any symlink.
/// </summary>
/// <param name="skeleton">The skeleton; it stays the caller's.</param>
/// <param name="root">The unpacked layer; it stays the caller's.</param>
public sealed class LayerArchiveStream(Stream skeleton, Fd root) : ForwardStream
{
    private const int LongestPath = 4096;
    private const int MostExtents = 1 << 16;

    private readonly Queue<(long Offset, long Length)> _extents = new();
    private string _path = "";
    private Fd? _file;
    private long _left;
    private bool _raw;

    /// <inheritdoc/>
    /// <exception cref="ImageException">The skeleton is damaged, or a file is missing or too short.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (_left == 0)
        {
            if (!NextPart())
            {
                return 0;
            }
        }

        Span<byte> wanted = buffer[..(int)Math.Min(buffer.Length, _left)];
        int length;
        if (_raw)
        {
            length = skeleton.Read(wanted);
        }
        else
        {
            length = Sys.Read(_file!.Number, wanted);
        }

        if (length == 0 && !wanted.IsEmpty)
        {
            throw new ImageException(_raw ? "the layer's skeleton ends too early" : $"the layer's file \"{Tar.TarException.Printable(_path)}\" is shorter than it was");
        }

        _left -= length;
        return length;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _file?.Dispose();
        base.Dispose(disposing);
    }

    private bool NextPart()
    {
        if (_extents.TryDequeue(out (long Offset, long Length) part))
        {
            Errno errno = Sys.TryLseek(_file!.Number, part.Offset, SEEK_SET, out _);
            _left = errno == Errno.OK ? part.Length : throw Damaged();
            return true;
        }

        int kind = skeleton.ReadByte();
        if (kind < 0)
        {
            return false;
        }

        _raw = kind == LayerSkeletonWriter.RawPart;
        int length = Int32(kind == LayerSkeletonWriter.FilePart ? LongestPath : int.MaxValue);
        if (_raw)
        {
            _left = length;
            return true;
        }

        byte[] path = kind == LayerSkeletonWriter.FilePart ? new byte[length] : throw Damaged();
        Fill(path);
        Open(path.Contains((byte)0) ? throw Damaged() : FileName.Of(path));
        int extents = Int32(MostExtents);
        for (int i = 0; i < extents; i++)
        {
            _extents.Enqueue((Int64(), Int64()));
        }

        return true;
    }

    private void Open(string path)
    {
        _path = path;
        _file?.Dispose();
        const ulong Inside = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV; // As the unpacker followed the layer's own symlinks.
        Errno errno = Sys.TryOpenAt2(root.Number, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, Inside, out _file);
        if (_file is null)
        {
            throw new ImageException($"the layer's file \"{Tar.TarException.Printable(path)}\": {errno.Name()}");
        }
    }

    private int Int32(int most)
    {
        Span<byte> bytes = stackalloc byte[4];
        Fill(bytes);
        int value = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return value >= 0 && value <= most ? value : throw Damaged();
    }

    private long Int64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        long value = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        return value >= 0 ? value : throw Damaged();
    }

    private void Fill(Span<byte> bytes)
    {
        if (skeleton.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) != bytes.Length)
        {
            throw Damaged();
        }
    }

    private static ImageException Damaged() => new("the layer's skeleton is damaged");
}
