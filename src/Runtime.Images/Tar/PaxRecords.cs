using System.Buffers.Text;
using System.Text;

namespace Runtime.Images.Tar;

/// <summary>The records of a pax header, <c>LENGTH KEY=VALUE\n</c> each (POSIX.1-2001, pax, extended header), and what they say of an entry.</summary>
internal sealed class PaxRecords
{
    private const string Schily = "SCHILY.xattr.";
    private const string LibArchive = "LIBARCHIVE.xattr.";
    private const int LongestAttributeName = 255;
    private const int LongestAttribute = 64 << 10;
    private const int NanosecondDigits = 9;

    private readonly Dictionary<string, byte[]> _values = [];
    private readonly List<KeyValuePair<string, byte[]>> _sparse = [];

    internal byte[]? Path => Get("GNU.sparse.name") ?? Get("path");

    internal byte[]? LinkPath => Get("linkpath");

    /// <summary>Reads a header's records, over those that are there already.</summary>
    /// <exception cref="TarException">They are damaged.</exception>
    internal void Add(ReadOnlySpan<byte> header)
    {
        while (!header.IsEmpty && header[0] != 0)
        {
            int space = header.IndexOf((byte)' ');
            if (space is < 1 or > 10 || !Utf8Parser.TryParse(header[..space], out int length, out int used) || used != space || length <= space + 1 || length > header.Length || header[length - 1] != '\n')
            {
                throw new TarException("", "a pax header is damaged");
            }

            ReadOnlySpan<byte> record = header[(space + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals < 1)
            {
                throw new TarException("", "a record of a pax header has no value");
            }

            Set(Encoding.Latin1.GetString(record[..equals]), record[(equals + 1)..].ToArray());
            header = header[length..];
        }
    }

    /// <summary>Whether a header for all entries gives each of them what only one can have.</summary>
    internal bool NamesAnEntry => Path is not null || LinkPath is not null || Get("size") is not null || _sparse.Count > 0;

    /// <summary>These records, and those of a header for all entries where these say nothing.</summary>
    internal PaxRecords Over(PaxRecords global)
    {
        foreach (KeyValuePair<string, byte[]> entry in global._values)
        {
            _values.TryAdd(entry.Key, entry.Value);
        }

        return this;
    }

    /// <summary>A whole number, or null where no record gives one.</summary>
    internal long? Number(string key)
    {
        if (Get(key) is not { } text)
        {
            return null;
        }

        return Utf8Parser.TryParse(text, out long number, out int used) && used == text.Length ? number : throw Invalid(key);
    }

    /// <summary>A time, <c>[-]SECONDS[.FRACTION]</c>; digits beyond the nanosecond are cut off, towards the past as with the kernel's own.</summary>
    internal (long Seconds, int Nanoseconds)? Time(string key)
    {
        if (Get(key) is not { } text)
        {
            return null;
        }

        ReadOnlySpan<byte> digits = text;
        bool negative = digits.StartsWith("-"u8);
        digits = negative ? digits[1..] : digits;
        int point = digits.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = point < 0 ? digits : digits[..point];
        ReadOnlySpan<byte> fraction = point < 0 ? default : digits[(point + 1)..];
        if (!Utf8Parser.TryParse(whole, out long seconds, out int used) || used != whole.Length || seconds < 0 || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            throw Invalid(key);
        }

        int nanoseconds = 0;
        for (int i = 0; i < NanosecondDigits; i++)
        {
            nanoseconds = (nanoseconds * 10) + (i < fraction.Length ? fraction[i] - '0' : 0);
        }

        return !negative ? (seconds, nanoseconds) : nanoseconds == 0 ? (-seconds, 0) : (-seconds - 1, 1_000_000_000 - nanoseconds);
    }

    /// <summary>Extended attributes. star's records hold the bytes; libarchive's, in base64, are of the same attributes.</summary>
    internal List<(byte[] Name, byte[] Value)> Xattrs()
    {
        var all = new List<(byte[] Name, byte[] Value)>();
        foreach ((string key, byte[] value) in _values)
        {
            if (key.StartsWith(Schily, StringComparison.Ordinal))
            {
                all.Add((AttributeName(key[Schily.Length..]), value));
            }
            else if (key.StartsWith(LibArchive, StringComparison.Ordinal))
            {
                string name = Uri.UnescapeDataString(key[LibArchive.Length..]);
                if (!_values.ContainsKey(Schily + name))
                {
                    all.Add((AttributeName(name), FromBase64(value, key)));
                }
            }
        }

        return all.TrueForAll(a => a.Value.Length <= LongestAttribute) ? all : throw new TarException("", $"an extended attribute of more than {LongestAttribute} bytes");
    }

    /// <summary>The map of a sparse file of pax format 0.0 or 0.1; null where there is none.</summary>
    internal List<TarExtent>? Map(int most)
    {
        if (Get("GNU.sparse.map") is { } map)
        {
            return SparseMap.Pairs(Encoding.Latin1.GetString(map).Split(','), most);
        }

        if (_sparse.Count == 0)
        {
            return null;
        }

        var numbers = new List<string>();
        for (int i = 0; i < _sparse.Count; i++)
        {
            numbers.Add(_sparse[i].Key == (i % 2 == 0 ? "GNU.sparse.offset" : "GNU.sparse.numbytes") ? Encoding.Latin1.GetString(_sparse[i].Value) : throw SparseMap.Damaged());
        }

        return SparseMap.Pairs([.. numbers], most);
    }

    private void Set(string key, byte[] value)
    {
        if (key is "GNU.sparse.offset" or "GNU.sparse.numbytes")
        {
            _sparse.Add(new(key, value));
        }
        else if (value.Length == 0 && !key.StartsWith(Schily, StringComparison.Ordinal))
        {
            _values.Remove(key); // An empty value takes back what was said before.
        }
        else
        {
            _values[key] = value;
        }
    }

    private byte[]? Get(string key) => _values.GetValueOrDefault(key);

    private static byte[] AttributeName(string name) =>
        name.Length is > 0 and <= LongestAttributeName && !name.Contains('\0') ? Encoding.Latin1.GetBytes(name) : throw new TarException("", "the name of an extended attribute is empty, too long or contains a NUL");

    private static byte[] FromBase64(byte[] text, string key)
    {
        string padded = Encoding.Latin1.GetString(text);
        try
        {
            return Convert.FromBase64String(padded.PadRight((padded.Length + 3) / 4 * 4, '='));
        }
        catch (FormatException)
        {
            throw Invalid(key);
        }
    }

    private static TarException Invalid(string key) => new("", $"the pax record {TarException.Printable(key)} is not what it should be");
}
