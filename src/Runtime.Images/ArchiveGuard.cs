using System.Buffers.Binary;

namespace Runtime.Images;

/// <summary>
/// The bytes of a tar archive (POSIX pax, ustar and GNU) on their way to whoever reads it, with its own look at each header: what
/// a reader takes into memory whole, long names and attributes, is refused where it is longer than any name may be, and an
/// attribute that would give an entry another length than its header.
/// </summary>
/// <param name="inner">The archive; it stays the caller's.</param>
internal sealed class ArchiveGuard(Stream inner) : Stream
{
    private const int Block = 512;
    private const int LongestAttributes = 64 << 10;

    private readonly byte[] _header = new byte[Block];
    private int _headerLength;
    private long _content;
    private bool _attributes;
    private int _matched;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private static ReadOnlySpan<byte> SizeAttribute => "size="u8;

    /// <inheritdoc/>
    /// <exception cref="ArchiveException">An entry is not allowed.</exception>
    public override int Read(Span<byte> buffer)
    {
        int length = inner.Read(buffer);
        Look(buffer[..length]);
        return length;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Look(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int length;
            if (_content > 0)
            {
                length = (int)Math.Min(_content, bytes.Length);
                if (_attributes)
                {
                    LookForSize(bytes[..length]);
                }

                _content -= length;
            }
            else
            {
                length = Math.Min(Block - _headerLength, bytes.Length);
                bytes[..length].CopyTo(_header.AsSpan(_headerLength));
                _headerLength += length;
                if (_headerLength == Block)
                {
                    _headerLength = 0;
                    LookAtHeader();
                }
            }

            bytes = bytes[length..];
        }
    }

    private void LookAtHeader()
    {
        if (!_header.AsSpan().ContainsAnyExcept((byte)0))
        {
            return; // the end of an archive is two of these
        }

        long size = Size(_header.AsSpan(124, 12));
        char type = (char)_header[156];
        bool whole = type is 'x' or 'g' or 'L' or 'K';
        if ((whole && size > LongestAttributes) || (size > 0 && !whole && type is not ('0' or '\0' or '7')))
        {
            throw new ArchiveException(string.Empty, $"a header of the type {(char.IsAsciiLetterOrDigit(type) ? type : '?')} with {size} bytes");
        }

        _attributes = type is 'x' or 'g';
        _matched = 0;
        _content = (size + Block - 1) / Block * Block;
    }

    // Octal digits among spaces and NULs, or a number of 95 bits behind a byte of 0x80 (GNU).
    private static long Size(ReadOnlySpan<byte> field)
    {
        long size = 0;
        if ((field[0] & 0x80) != 0)
        {
            size = field[0] == 0x80 && !field[1..4].ContainsAnyExcept((byte)0) ? BinaryPrimitives.ReadInt64BigEndian(field[4..]) : -1;
        }
        else
        {
            foreach (byte digit in field.Trim(" \0"u8))
            {
                size = digit is >= (byte)'0' and <= (byte)'7' ? (size << 3) + digit - '0' : throw Damaged();
            }
        }

        return size is >= 0 and < long.MaxValue - Block ? size : throw Damaged();
    }

    // Across the borders of what is read at a time; no part of the word begins it anew.
    private void LookForSize(ReadOnlySpan<byte> attributes)
    {
        foreach (byte letter in attributes)
        {
            _matched = letter == SizeAttribute[_matched] ? _matched + 1 : letter == SizeAttribute[0] ? 1 : 0;
            if (_matched == SizeAttribute.Length)
            {
                throw new ArchiveException(string.Empty, "an attribute gives an entry a size of its own");
            }
        }
    }

    private static ArchiveException Damaged() => new(string.Empty, "a size is no number");
}
