using System.IO.Compression;
using System.Text;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: the content of a guest's tmpfs is an archive that criu has tar(1) unpack as root. Names that lead out of it are
/// refused, and devices that the guest may not have. Read block by block, as GNU tar writes it with --sparse.
/// </summary>
internal static class TmpfsArchive
{
    private const int Block = 512;
    private const long Longest = 64L << 30;
    private const int LongestText = 1 << 20;

    /// <summary>Looks at an archive.</summary>
    /// <param name="image">The image's name.</param>
    /// <param name="archive">Its compressed bytes; they stay the caller's.</param>
    /// <param name="rules">What the configuration allows.</param>
    /// <exception cref="ImageException">It has what a guest's files may not be, or is damaged.</exception>
    public static void Check(string image, Stream archive, ImageRules rules)
    {
        try
        {
            using var plain = new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true);
            Walk(image, plain, rules);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or IOException)
        {
            throw new ImageException(image, "it is no archive, or damaged");
        }
    }

    private static void Walk(string image, Stream plain, ImageRules rules)
    {
        byte[] header = new byte[Block];
        long left = Longest;
        string link = string.Empty, name = string.Empty;
        while (plain.ReadAtLeast(header, Block, throwOnEndOfStream: false) == Block && header.AsSpan().ContainsAnyExcept((byte)0))
        {
            long size = Number(image, header.AsSpan(124, 12));
            left -= size;
            if (left < 0)
            {
                throw new ImageException(image, $"it has more than {Longest} bytes");
            }

            char type = (char)header[156];
            if (type == 'S')
            {
                SkipSparseMap(plain, header);
            }

            if (type is 'L' or 'K' or 'x' or 'g')
            {
                (string? longLink, string? longName) = CheckText(image, ReadText(image, plain, size), type);
                (link, name) = (longLink ?? link, longName ?? name);
            }
            else
            {
                CheckEntry(image, header, type, link, rules);
                if (type == '2')
                {
                    NoteLink(image, name.Length > 0 ? name : ShortName(header), rules);
                }

                link = name = string.Empty;
                Skip(plain, type is '1' or '2' or '3' or '4' or '5' or '6' ? 0 : Padded(size));
            }
        }
    }

    private static void CheckEntry(string image, byte[] header, char type, string longLink, ImageRules rules)
    {
        if (type is not ('0' or '\0' or '1' or '2' or '3' or '4' or '5' or '6' or '7' or 'S'))
        {
            throw new ImageException(image, "it has an entry of an unknown kind");
        }

        RequireInside(image, ShortName(header));
        if (type == '1')
        {
            RequireInside(image, longLink.Length > 0 ? longLink : Text(header.AsSpan(157, 100)));
        }

        if (type is '3' or '4')
        {
            (uint major, uint minor) = ((uint)Number(image, header.AsSpan(329, 8)), (uint)Number(image, header.AsSpan(337, 8)));
            if (!rules.AllowsDevice(type == '4', major, minor))
            {
                throw new ImageException(image, $"{Text(header.AsSpan(0, 100))} is the device {major}:{minor}, which /linux/devices does not name");
            }
        }
    }

    /// <summary>A long name, or the records of a pax header (LENGTH KEY=VALUE).</summary>
    /// <returns>What the next entry links to, which is nobody's concern where that is a symlink, and its name.</returns>
    private static (string? Link, string? Name) CheckText(string image, string text, char type)
    {
        if (type is 'L')
        {
            RequireInside(image, text.TrimEnd('\0'));
        }

        if (type is 'K' or 'L')
        {
            return type == 'K' ? (text.TrimEnd('\0'), null) : (null, text.TrimEnd('\0'));
        }

        string? link = null, name = null;
        foreach (string line in text.Split('\n'))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            string key = equals > 0 ? line[..equals] : string.Empty;
            if (key.EndsWith(" path", StringComparison.Ordinal) || key.EndsWith(" GNU.sparse.name", StringComparison.Ordinal))
            {
                name = line[(equals + 1)..];
                RequireInside(image, name);
            }

            link = key.EndsWith(" linkpath", StringComparison.Ordinal) ? line[(equals + 1)..] : link;
        }

        return (link, name);
    }

    // tar(5): names of the old GNU format are in one field, those of ustar may have a second one for what comes before.
    private static string ShortName(byte[] header)
    {
        string before = header[262] == 0 ? Text(header.AsSpan(345, 155)) : string.Empty;
        return (before.Length > 0 ? before + "/" : string.Empty) + Text(header.AsSpan(0, 100));
    }

    /// <summary>A link is followed inside the guest; but no open file's path leads through it (<see cref="ImagePaths"/>).</summary>
    private static void NoteLink(string image, string name, ImageRules rules)
    {
        string[] parts = [.. name.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(static p => p != ".")];
        rules.Links.Add((image, string.Join('/', parts)));
    }

    private static void RequireInside(string image, string name)
    {
        if (name.StartsWith('/') || Array.IndexOf(name.Split('/'), "..") >= 0)
        {
            throw new ImageException(image, $"\"{name}\" leads out of it");
        }
    }

    private static string ReadText(string image, Stream plain, long size)
    {
        if (size > LongestText)
        {
            throw new ImageException(image, "it has a name that is too long");
        }

        byte[] text = new byte[Padded(size)];
        plain.ReadExactly(text);
        return Encoding.Latin1.GetString(text.AsSpan(0, (int)size));
    }

    private static void SkipSparseMap(Stream plain, byte[] header)
    {
        byte[] map = new byte[Block];
        bool more = header[482] != 0;
        while (more)
        {
            plain.ReadExactly(map);
            more = map[504] != 0;
        }
    }

    private static void Skip(Stream plain, long length)
    {
        byte[] buffer = new byte[64 << 10];
        while (length > 0)
        {
            int read = plain.Read(buffer, 0, (int)Math.Min(buffer.Length, length));
            if (read == 0)
            {
                throw new EndOfStreamException();
            }

            length -= read;
        }
    }

    private static long Padded(long size) => (size + Block - 1) / Block * Block;

    /// <summary>An octal number, or one of GNU's with the highest bit set.</summary>
    private static long Number(string image, ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            long value = field[0] & 0x7f;
            foreach (byte b in field[1..])
            {
                value = value > long.MaxValue >> 8 ? throw new ImageException(image, "it is damaged") : (value << 8) | b;
            }

            return value;
        }

        string text = Text(field).Trim(' ');
        long number = 0;
        foreach (char c in text)
        {
            number = c is >= '0' and <= '7' ? (number << 3) | (uint)(c - '0') : throw new ImageException(image, "it is damaged");
        }

        return number;
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? field : field[..end]);
    }
}
