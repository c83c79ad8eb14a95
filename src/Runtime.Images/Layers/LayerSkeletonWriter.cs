using System.Buffers.Binary;
using System.Text;
using Runtime.Images.Tar;

namespace Runtime.Images.Layers;

/// <summary>
/// Writes a layer's skeleton: its archive without the content of its files, which the unpacked layer has. With both the archive
/// can be had again to the byte (<see cref="LayerArchiveStream"/>): to prove the layer by its digest, and to push or save it.
/// A skeleton is parts, each a byte that says which: 0, a length of 4 bytes and so many bytes of the archive; 1, the length of a path,
/// the path, the number of parts of its content and the offset and length of each, 8 bytes; a file that is not sparse has one part.
/// Numbers are little-endian.
/// </summary>
/// <param name="output">Gets the skeleton; it stays the caller's.</param>
public sealed class LayerSkeletonWriter(Stream output) : ITarRecorder
{
    internal const byte RawPart = 0;
    internal const byte FilePart = 1;

    private readonly byte[] _raw = new byte[32 << 10];
    private int _length;

    /// <inheritdoc/>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_length == _raw.Length)
            {
                Flush();
            }

            int part = Math.Min(bytes.Length, _raw.Length - _length);
            bytes[..part].CopyTo(_raw.AsSpan(_length));
            _length += part;
            bytes = bytes[part..];
        }
    }

    /// <summary>Writes what is kept back.</summary>
    public void Flush()
    {
        if (_length > 0)
        {
            Span<byte> head = stackalloc byte[5];
            head[0] = RawPart;
            BinaryPrimitives.WriteInt32LittleEndian(head[1..], _length);
            output.Write(head);
            output.Write(_raw, 0, _length);
            _length = 0;
        }
    }

    internal void File(string path, TarEntry entry)
    {
        if (entry.StoredSize == 0)
        {
            return;
        }

        Flush();
        byte[] name = new byte[Encoding.UTF8.GetMaxByteCount(path.Length)];
        int length = Linux.FileName.GetBytes(path, name);
        Span<byte> head = stackalloc byte[5];
        head[0] = FilePart;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], length);
        output.Write(head);
        output.Write(name, 0, length);
        IReadOnlyList<TarExtent> extents = entry.Extents ?? [new TarExtent(0, entry.StoredSize)];
        Span<byte> count = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(count, extents.Count);
        output.Write(count);
        foreach (TarExtent part in extents)
        {
            Number(part.Offset);
            Number(part.Length);
        }
    }

    private void Number(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        output.Write(bytes);
    }
}
