using System.Buffers.Text;

namespace Runtime.Cgroups.Stats;

/// <summary>Reads the formats of interface files: a number, <c>name number</c> lines, <c>key name=number …</c> lines.</summary>
internal static class FlatKeyed
{
    /// <summary>The number after <paramref name="name"/> at the beginning of a line; 0 where there is no such line.</summary>
    public static ulong Value(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        while (Line(ref text, out ReadOnlySpan<byte> line))
        {
            if (line.Length > name.Length && line[name.Length] == ' ' && line.StartsWith(name))
            {
                return Number(line[(name.Length + 1)..]);
            }
        }

        return 0;
    }

    /// <summary>The number after <c>name=</c> in a line of such pairs; 0 where it has none.</summary>
    public static ulong Pair(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name)
    {
        while (Word(ref line, out ReadOnlySpan<byte> word))
        {
            if (word.Length > name.Length && word[name.Length] == '=' && word.StartsWith(name))
            {
                return Number(word[(name.Length + 1)..]);
            }
        }

        return 0;
    }

    /// <summary>The number that the text begins with; <see cref="ulong.MaxValue"/> for <c>max</c>, 0 for anything else.</summary>
    public static ulong Number(ReadOnlySpan<byte> text) =>
        text.StartsWith("max"u8) ? ulong.MaxValue : Utf8Parser.TryParse(text, out ulong value, out _) ? value : 0;

    /// <summary>Takes the first line off the text; false at the end.</summary>
    public static bool Line(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line) => Take(ref text, (byte)'\n', out line);

    /// <summary>Takes the first word off the text; false at the end.</summary>
    public static bool Word(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> word) => Take(ref text, (byte)' ', out word);

    private static bool Take(ref ReadOnlySpan<byte> text, byte separator, out ReadOnlySpan<byte> part)
    {
        if (text.IsEmpty)
        {
            part = default;
            return false;
        }

        int end = text.IndexOf(separator);
        part = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return true;
    }
}
