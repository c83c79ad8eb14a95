using System.Globalization;

namespace Runtime.Images.Tar;

/// <summary>The maps of sparse files, in the four forms that GNU tar writes (GNU tar manual, Storing Sparse Files).</summary>
internal static class SparseMap
{
    private const int InHeader = 4;
    private const int InExtension = 21;
    private const int PairLength = 24;

    /// <summary>The error of a map that makes no sense.</summary>
    internal static TarException Damaged() => new("", "the map of a sparse file is damaged");

    /// <summary>Offsets and lengths in turn, as decimal numbers.</summary>
    internal static List<TarExtent> Pairs(ReadOnlySpan<string> numbers, int most)
    {
        if (numbers.Length % 2 != 0 || numbers.Length / 2 > most)
        {
            throw Damaged();
        }

        var map = new List<TarExtent>(numbers.Length / 2);
        for (int i = 0; i < numbers.Length; i += 2)
        {
            map.Add(new TarExtent(Decimal(numbers[i]), Decimal(numbers[i + 1])));
        }

        return map;
    }

    /// <summary>Those of a header of type S, or of one of the blocks that follow it: octal, 12 characters each.</summary>
    /// <returns>Whether a further block follows.</returns>
    internal static bool AddOld(List<TarExtent> map, ReadOnlySpan<byte> block, bool header, int most)
    {
        int at = header ? 386 : 0;
        for (int i = 0; i < (header ? InHeader : InExtension); i++, at += PairLength)
        {
            if (block[at] == 0)
            {
                break;
            }

            if (map.Count == most || !TarHeader.TryNumber(block.Slice(at, 12), out long offset) || !TarHeader.TryNumber(block.Slice(at + 12, 12), out long length))
            {
                throw Damaged();
            }

            map.Add(new TarExtent(offset, length));
        }

        return block[header ? 482 : 504] != 0;
    }

    /// <summary>Checks that the parts ascend, lie in the file, and are as many bytes as the archive holds; empty ones are left out.</summary>
    internal static List<TarExtent> Checked(List<TarExtent> map, long size, long stored)
    {
        var kept = new List<TarExtent>(map.Count);
        long end = 0;
        long sum = 0;
        foreach (TarExtent part in map)
        {
            if (part.Offset < end || part.Length < 0 || part.Length > size || part.Offset > size - part.Length)
            {
                throw Damaged();
            }

            end = part.Offset + part.Length;
            sum += part.Length;
            if (part.Length > 0)
            {
                kept.Add(part);
            }
        }

        return sum == stored ? kept : throw Damaged();
    }

    private static long Decimal(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : throw Damaged();
}
