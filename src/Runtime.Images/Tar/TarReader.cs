using Runtime.Linux;

namespace Runtime.Images.Tar;

/// <summary>
/// Reads a tar archive as a stream: POSIX pax and ustar, GNU and V7 (tar(5)). Names and attributes are bytes; what the archive
/// says of sizes is held against what it has. It opens nothing and makes nothing.
/// </summary>
/// <param name="input">The archive, uncompressed; it stays the caller's.</param>
/// <param name="limits">What it may ask for.</param>
/// <param name="recorder">Gets all bytes but the entries' content; null where nobody wants them.</param>
public sealed class TarReader(Stream input, TarLimits limits, ITarRecorder? recorder = null)
{
    private const int Block = TarHeader.BlockSize;

    private readonly byte[] _buffer = new byte[128 << 10];
    private readonly PaxRecords _global = new();
    private int _start;
    private int _end;
    private long _content;
    private int _padding;
    private long _entries;
    private long _bytes;
    private long _filled;
    private bool _ended;

    /// <summary>Bytes of the input up to here: where the content of an entry begins, when it was just returned.</summary>
    public long Position => _filled - (_end - _start);

    /// <summary>Bytes of the files so far, holes counted.</summary>
    public long FileBytes => _bytes;

    /// <summary>The next entry; null at the archive's end, when the input has been read to its own end.</summary>
    /// <exception cref="TarException">The archive is damaged, or asks for more than the limits allow.</exception>
    public TarEntry? Next()
    {
        SkipContent();
        var pending = new Pending();
        while (!_ended)
        {
            ReadOnlySpan<byte> block = Take(Block, out bool any);
            if (!any || TarHeader.IsZero(block))
            {
                Record(block);
                Drain();
                break;
            }

            var header = new TarHeader(block);
            if (!header.ChecksumHolds())
            {
                throw new TarException("", _entries == 0 ? "it is not a tar archive, or damaged" : "a header is damaged: its checksum is wrong");
            }

            Record(block);
            if (!TakeExtension(header, pending))
            {
                return Make(block.ToArray(), pending);
            }
        }

        return pending.Any ? throw new TarException("", "it ends behind the header of an entry that is missing") : null;
    }

    /// <summary>A further part of the entry's content, which is valid until the next call; empty at its end.</summary>
    /// <exception cref="TarException">The archive ends within it.</exception>
    public ReadOnlySpan<byte> ReadContent() => ReadContent(long.MaxValue);

    /// <summary>As above, and no more than so many bytes.</summary>
    /// <exception cref="TarException">The archive ends within it.</exception>
    public ReadOnlySpan<byte> ReadContent(long most)
    {
        if (_content == 0)
        {
            return [];
        }

        if (_start == _end && !Fill())
        {
            throw Truncated();
        }

        int length = (int)Math.Min(Math.Min(_content, most), _end - _start);
        ReadOnlySpan<byte> part = _buffer.AsSpan(_start, length);
        _start += length;
        _content -= length;
        return part;
    }

    /// <summary>Skips what is left of the entry's content; the recorder gets it, as nobody else does.</summary>
    public void SkipContent()
    {
        if (recorder is null && input.CanSeek && _content > _end - _start)
        {
            Seek();
        }

        while (ReadContent() is { IsEmpty: false } part)
        {
            Record(part);
        }

        if (_padding > 0)
        {
            Record(Take(_padding, out _));
            _padding = 0;
        }
    }

    private bool TakeExtension(TarHeader header, Pending pending)
    {
        switch (header.Type)
        {
            case (byte)'L':
                pending.LongName = Whole(header, limits.NameBytes + 1);
                return true;
            case (byte)'K':
                pending.LongLink = Whole(header, limits.NameBytes + 1);
                return true;
            case (byte)'x' or (byte)'X':
                pending.Records.Add(Whole(header, limits.PaxBytes));
                pending.Extended = true;
                return true;
            case (byte)'g':
                _global.Add(Whole(header, limits.PaxBytes));
                if (_global.NamesAnEntry)
                {
                    throw new TarException("", "a header for all entries gives each the same name or size");
                }

                return true;
            case (byte)'V': // A label of the volume.
                BeginContent(header.Size);
                SkipContent();
                return true;
            default:
                return false;
        }
    }

    private TarEntry Make(byte[] block, Pending pending)
    {
        var header = new TarHeader(block);
        PaxRecords records = pending.Records.Over(_global);
        string name = Name(records.Path ?? UpToNul(pending.LongName) ?? WithPrefix(header));
        TarEntryType type = TypeOf(header.Type, name);
        if (++_entries > limits.Entries)
        {
            throw new TarException(name, $"the archive has more than {limits.Entries} entries");
        }

        long stored = type == TarEntryType.File ? records.Number("size") ?? header.Size : 0;
        if (stored < 0 || (type != TarEntryType.File && type != TarEntryType.HardLink && (records.Number("size") ?? header.Size) > 0 && type != TarEntryType.Directory))
        {
            throw new TarException(name, "only files have content");
        }

        BeginContent(type is TarEntryType.Directory ? Math.Max(0, records.Number("size") ?? header.Size) : stored);
        long size = stored;
        List<TarExtent>? map = type == TarEntryType.File ? ReadMap(header, records, ref size) : null;
        _bytes = checked(_bytes + size);
        if (size < 0 || _bytes > limits.Bytes)
        {
            throw new TarException(name, $"the files of the archive have more than {limits.Bytes} bytes");
        }

        (long seconds, int nanoseconds) = records.Time("mtime") ?? (header.Seconds, 0);
        return new TarEntry
        {
            UnsafeName = name,
            Type = type,
            UnsafeLinkName = Name(records.LinkPath ?? UpToNul(pending.LongLink) ?? header.LinkName),
            Mode = (int)(header.Mode & 0b111_111_111_111),
            Uid = Id(records.Number("uid") ?? header.Uid, name),
            Gid = Id(records.Number("gid") ?? header.Gid, name),
            Seconds = seconds,
            Nanoseconds = nanoseconds,
            Size = size,
            StoredSize = _content,
            Extents = map is null ? null : SparseMap.Checked(map, size, _content),
            DeviceMajor = IsDevice(type) ? Id(header.DeviceMajor, name) : 0,
            DeviceMinor = IsDevice(type) ? Id(header.DeviceMinor, name) : 0,
            Xattrs = records.Xattrs(),
        };
    }

    /// <summary>The map of a sparse file, wherever its format keeps it; null where the file is not sparse.</summary>
    private List<TarExtent>? ReadMap(TarHeader header, PaxRecords records, ref long size)
    {
        if (header.Type == (byte)'S')
        {
            return OldMap(header, out size);
        }

        if (records.Number("GNU.sparse.major") == 1)
        {
            size = records.Number("GNU.sparse.realsize") ?? throw SparseMap.Damaged();
            return MapInContent();
        }

        List<TarExtent>? map = records.Map(limits.Extents);
        if (map is not null)
        {
            size = records.Number("GNU.sparse.size") ?? records.Number("GNU.sparse.realsize") ?? throw SparseMap.Damaged();
        }

        return map;
    }

    private List<TarExtent> OldMap(TarHeader header, out long size)
    {
        var map = new List<TarExtent>();
        if (!TarHeader.TryNumber(header.Field(483, 12), out size))
        {
            throw SparseMap.Damaged();
        }

        bool more = SparseMap.AddOld(map, header.Field(0, Block), true, limits.Extents);
        while (more)
        {
            ReadOnlySpan<byte> block = Take(Block, out bool any);
            more = any && block.Length == Block ? SparseMap.AddOld(map, block, false, limits.Extents) : throw Truncated();
            Record(block);
        }

        return map;
    }

    // Pax format 1.0: decimal numbers, a line each, their count first, in whole blocks before the content.
    private List<TarExtent> MapInContent()
    {
        var numbers = new List<string>();
        var number = new System.Text.StringBuilder();
        long needed = 1;
        while (numbers.Count < needed)
        {
            if (_content < Block)
            {
                throw SparseMap.Damaged();
            }

            ReadOnlySpan<byte> block = Take(Block, out _);
            Record(block);
            _content -= Block;
            foreach (byte next in block)
            {
                if (next == '\n' && numbers.Count < needed)
                {
                    numbers.Add(number.ToString());
                    number.Clear();
                    needed = numbers.Count == 1 ? CountOfNumbers(numbers[0]) : needed;
                }
                else if (numbers.Count < needed && number.Append((char)next).Length > 20)
                {
                    throw SparseMap.Damaged();
                }
            }
        }

        return SparseMap.Pairs(numbers.ToArray().AsSpan(1), limits.Extents);
    }

    private long CountOfNumbers(string text) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, null, out int pairs) && pairs <= limits.Extents ? 1 + (2L * pairs) : throw SparseMap.Damaged();

    private byte[] Whole(TarHeader header, int most)
    {
        long size = header.Size;
        if (size < 0 || size > most)
        {
            throw new TarException("", $"a header of the type {(char)header.Type} has {size} bytes: at most {most} are read");
        }

        BeginContent(size);
        byte[] whole = new byte[size];
        int length = 0;
        while (ReadContent() is { IsEmpty: false } part)
        {
            Record(part);
            part.CopyTo(whole.AsSpan(length));
            length += part.Length;
        }

        SkipContent();
        return whole;
    }

    private void BeginContent(long size)
    {
        _content = size;
        _padding = (int)(-size & (Block - 1));
    }

    /// <summary>Exactly so many bytes, at most a block; fewer only at the input's end, none at an entry's border.</summary>
    private ReadOnlySpan<byte> Take(int length, out bool any)
    {
        while (_end - _start < length)
        {
            if (!Fill())
            {
                any = _end > _start;
                return any ? throw Truncated() : default;
            }
        }

        ReadOnlySpan<byte> taken = _buffer.AsSpan(_start, length);
        _start += length;
        any = true;
        return taken;
    }

    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        int read = input.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _filled += read;
        return read > 0;
    }

    private void Seek()
    {
        long ahead = _content - (_end - _start);
        _start = _end = 0;
        _content = 0;
        if (input.Seek(ahead, SeekOrigin.Current) > input.Length)
        {
            throw Truncated();
        }

        _filled += ahead;
    }

    // What follows the end's mark belongs to the archive's digest.
    private void Drain()
    {
        _ended = true;
        do
        {
            Record(_buffer.AsSpan(_start, _end - _start));
            _start = _end = 0;
        }
        while (Fill());
    }

    private void Record(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            recorder?.Raw(bytes);
        }
    }

    private static bool IsDevice(TarEntryType type) => type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice;

    private static TarEntryType TypeOf(byte type, string name) => type switch
    {
        (byte)'0' or 0 or (byte)'7' => name.EndsWith('/') ? TarEntryType.Directory : TarEntryType.File,
        (byte)'S' => TarEntryType.File,
        (byte)'1' => TarEntryType.HardLink,
        (byte)'2' => TarEntryType.Symlink,
        (byte)'3' => TarEntryType.CharacterDevice,
        (byte)'4' => TarEntryType.BlockDevice,
        (byte)'5' or (byte)'D' => TarEntryType.Directory,
        (byte)'6' => TarEntryType.Fifo,
        (byte)'M' => throw new TarException(name, "it goes on in another volume"),
        _ => throw new TarException(name, $"its type {(type is > 0x20 and < 0x7f ? $"'{(char)type}'" : $"0x{type:x2}")} is not known"),
    };

    private string Name(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > limits.NameBytes)
        {
            throw new TarException(FileName.Of(bytes[..200]), $"a name of {bytes.Length} bytes: at most {limits.NameBytes} are allowed");
        }

        return bytes.Contains((byte)0) ? throw new TarException(FileName.Of(bytes), "its name contains a NUL") : FileName.Of(bytes);
    }

    private static byte[]? UpToNul(byte[]? text)
    {
        int end = text is null ? -1 : Array.IndexOf(text, (byte)0);
        return end < 0 ? text : text![..end];
    }

    private static byte[] WithPrefix(TarHeader header) =>
        header.Prefix.IsEmpty ? header.Name.ToArray() : [.. header.Prefix, (byte)'/', .. header.Name];

    private static uint Id(long number, string name) =>
        number is >= 0 and < uint.MaxValue ? (uint)number : throw new TarException(name, $"{number} is not an id or device number: 0 to {uint.MaxValue - 1}");

    private static TarException Truncated() => new("", "it ends too early");

    /// <summary>What headers before an entry's own say of it.</summary>
    private sealed class Pending
    {
        internal PaxRecords Records { get; } = new();

        internal byte[]? LongName { get; set; }

        internal byte[]? LongLink { get; set; }

        internal bool Extended { get; set; }

        internal bool Any => Extended || LongName is not null || LongLink is not null;
    }
}
