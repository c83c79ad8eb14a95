using System.Text;

namespace Unit.Tests.Images.Tar;

/// <summary>Archives byte by byte, right or wrong: ustar headers whose checksum holds unless a test breaks them.</summary>
internal sealed class TarBuilder
{
    private const int Block = 512;
    private readonly List<byte> _bytes = [];

    internal TarBuilder File(string name, string content, int mode = 0b110_100_100, long? size = null) =>
        Header(Encoding.UTF8.GetBytes(name), '0', size ?? Encoding.UTF8.GetByteCount(content), mode).Content(Encoding.UTF8.GetBytes(content));

    internal TarBuilder Directory(string name, int mode = 0b111_101_101) => Header(Encoding.UTF8.GetBytes(name), '5', 0, mode);

    internal TarBuilder Symlink(string name, string target) => Header(Encoding.UTF8.GetBytes(name), '2', 0, 0b111_111_111, target);

    internal TarBuilder Link(string name, string target) => Header(Encoding.UTF8.GetBytes(name), '1', 0, 0b110_100_100, target);

    internal TarBuilder Pax(char type, params (string Key, string Value)[] records)
    {
        byte[] all = records.SelectMany(r => Record(r.Key, Encoding.Latin1.GetBytes(r.Value))).ToArray();
        return Header("pax"u8.ToArray(), type, all.Length, 0b110_100_100).Content(all);
    }

    internal TarBuilder Header(byte[] name, char type, long size, int mode, string link = "", Action<byte[]>? change = null, long uid = -1, long gid = -1, long seconds = 1_000_000_000)
    {
        byte[] header = new byte[Block];
        name.AsSpan(0, Math.Min(100, name.Length)).CopyTo(header);
        Octal(header, 100, 8, mode);
        Octal(header, 108, 8, uid < 0 ? Ids.Uid : uid);
        Octal(header, 116, 8, gid < 0 ? Ids.Gid : gid);
        Octal(header, 124, 12, size);
        Octal(header, 136, 12, seconds);
        header[156] = (byte)type;
        Encoding.UTF8.GetBytes(link).CopyTo(header, 157);
        "ustar\u000000"u8.CopyTo(header.AsSpan(257));
        change?.Invoke(header);
        header.AsSpan(148, 8).Fill((byte)' ');
        Octal(header, 148, 7, header.Sum(b => (long)b));
        _bytes.AddRange(header);
        return this;
    }

    internal TarBuilder Content(byte[] content)
    {
        _bytes.AddRange(content);
        return Raw(new byte[-content.Length & (Block - 1)]);
    }

    internal TarBuilder Raw(byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    internal byte[] End() => Raw(new byte[2 * Block])._bytes.ToArray();

    internal byte[] WithoutEnd() => _bytes.ToArray();

    internal static void Octal(byte[] header, int start, int length, long value) =>
        Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(length - 1, '0')).CopyTo(header, start);

    internal static byte[] Record(string key, byte[] value)
    {
        int length = key.Length + value.Length + 3;
        int digits = (length + 1).ToString(System.Globalization.CultureInfo.InvariantCulture).Length;
        length += digits;
        length = length.ToString(System.Globalization.CultureInfo.InvariantCulture).Length == digits ? length : length + 1;
        return [.. Encoding.ASCII.GetBytes($"{length} {key}="), .. value, (byte)'\n'];
    }
}
