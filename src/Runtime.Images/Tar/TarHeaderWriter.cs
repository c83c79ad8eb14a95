using System.Globalization;
using System.Text;
using Runtime.Linux;

namespace Runtime.Images.Tar;

/// <summary>
/// Writes headers: ustar, with a pax header before it for what ustar has no room for (POSIX.1-2001, pax). Sparse files are of
/// GNU's pax format 0.1, attributes star's records.
/// </summary>
internal static class TarHeaderWriter
{
    internal const int Block = 512;
    private const int LongestName = 100;
    private const long LargestId = (1 << 21) - 1; // Seven octal digits.
    private const long LargestNumber = (1L << 33) - 1; // Eleven.

    /// <summary>The blocks of an entry before its content.</summary>
    internal static byte[] Of(TarEntry entry)
    {
        byte[] name = Bytes(entry.Type == TarEntryType.Directory ? entry.UnsafeName + "/" : entry.UnsafeName);
        byte[] link = Bytes(entry.UnsafeLinkName);
        byte[] records = Records(entry, name, link);
        byte[] header = Header(entry, name, link);
        return records.Length == 0 ? header : [.. Extended(records.Length), .. records, .. new byte[-records.Length & (Block - 1)], .. header];
    }

    private static byte[] Records(TarEntry entry, byte[] name, byte[] link)
    {
        var records = new MemoryStream();
        Add(records, "path", name, name.Length > LongestName);
        Add(records, "linkpath", link, link.Length > LongestName);
        Add(records, "uid", Number(entry.Uid), entry.Uid > LargestId);
        Add(records, "gid", Number(entry.Gid), entry.Gid > LargestId);
        Add(records, "size", Number(entry.StoredSize), entry.StoredSize > LargestNumber);
        Add(records, "mtime", Time(entry), entry.Nanoseconds != 0 || entry.Seconds is < 0 or > LargestNumber);
        if (entry.Extents is { } extents)
        {
            Add(records, "GNU.sparse.size", Number(entry.Size), true);
            Add(records, "GNU.sparse.map", Encoding.ASCII.GetBytes(string.Join(',', extents.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Offset},{e.Length}")))), true);
        }

        foreach ((byte[] attribute, byte[] value) in entry.Xattrs)
        {
            Add(records, "SCHILY.xattr." + Encoding.Latin1.GetString(attribute), value, true);
        }

        return records.ToArray();
    }

    // A record begins with its own length, digits and all.
    private static void Add(MemoryStream records, string key, byte[] value, bool needed)
    {
        if (!needed)
        {
            return;
        }

        int rest = key.Length + value.Length + 3;
        int length = rest + 1;
        while (length != rest + Number(length).Length)
        {
            length = rest + Number(length).Length;
        }

        records.Write(Number(length));
        records.WriteByte((byte)' ');
        records.Write(Encoding.Latin1.GetBytes(key));
        records.WriteByte((byte)'=');
        records.Write(value);
        records.WriteByte((byte)'\n');
    }

    private static byte[] Extended(int length)
    {
        byte[] header = Start("pax"u8, 'x', 0b110_100_100, length);
        return Sum(header);
    }

    private static byte[] Header(TarEntry entry, byte[] name, byte[] link)
    {
        byte[] header = Start(name.AsSpan(0, Math.Min(name.Length, LongestName)), Flag(entry.Type), entry.Mode, entry.StoredSize > LargestNumber ? 0 : entry.StoredSize);
        Octal(header, 108, 8, entry.Uid > LargestId ? 0 : entry.Uid);
        Octal(header, 116, 8, entry.Gid > LargestId ? 0 : entry.Gid);
        Octal(header, 136, 12, entry.Seconds is < 0 or > LargestNumber ? 0 : entry.Seconds);
        link.AsSpan(0, Math.Min(link.Length, LongestName)).CopyTo(header.AsSpan(157));
        Octal(header, 329, 8, entry.DeviceMajor);
        Octal(header, 337, 8, entry.DeviceMinor);
        return Sum(header);
    }

    private static byte[] Start(ReadOnlySpan<byte> name, char flag, int mode, long size)
    {
        byte[] header = new byte[Block];
        name.CopyTo(header);
        Octal(header, 100, 8, mode);
        Octal(header, 108, 8, 0);
        Octal(header, 116, 8, 0);
        Octal(header, 124, 12, size);
        Octal(header, 136, 12, 0);
        header[156] = (byte)flag;
        "ustar\u000000"u8.CopyTo(header.AsSpan(257));
        return header;
    }

    private static byte[] Sum(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        Octal(header, 148, 7, header.Sum(b => (long)b));
        return header;
    }

    private static char Flag(TarEntryType type) => type switch
    {
        TarEntryType.File => '0',
        TarEntryType.HardLink => '1',
        TarEntryType.Symlink => '2',
        TarEntryType.CharacterDevice => '3',
        TarEntryType.BlockDevice => '4',
        TarEntryType.Directory => '5',
        _ => '6',
    };

    private static void Octal(byte[] header, int start, int length, long value) =>
        Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(length - 1, '0'), header.AsSpan(start));

    private static byte[] Number(long value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));

    // The kernel counts nanoseconds forward from the second before: -1.25 is -2 and 750,000,000.
    private static byte[] Time(TarEntry entry)
    {
        bool negative = entry.Seconds < 0;
        long seconds = negative ? -entry.Seconds - (entry.Nanoseconds > 0 ? 1 : 0) : entry.Seconds;
        int nanoseconds = negative && entry.Nanoseconds > 0 ? 1_000_000_000 - entry.Nanoseconds : entry.Nanoseconds;
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(negative ? "-" : "")}{seconds}.{nanoseconds:d9}"));
    }

    private static byte[] Bytes(string name)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(name.Length)];
        return bytes[..FileName.GetBytes(name, bytes)];
    }
}
