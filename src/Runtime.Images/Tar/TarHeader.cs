using System.Buffers.Binary;

namespace Runtime.Images.Tar;

/// <summary>The fields of a header block of 512 bytes: ustar (POSIX.1-1988), GNU's and V7's. See tar(5).</summary>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block)
{
    internal const int BlockSize = 512;

    private readonly ReadOnlySpan<byte> _block = block;

    internal byte Type => _block[156];

    internal long Mode => Number(100, 8, "mode");

    internal long Uid => Number(108, 8, "uid");

    internal long Gid => Number(116, 8, "gid");

    internal long Size => Number(124, 12, "size");

    internal long Seconds => Number(136, 12, "mtime");

    internal long DeviceMajor => Number(329, 8, "devmajor");

    internal long DeviceMinor => Number(337, 8, "devminor");

    internal ReadOnlySpan<byte> LinkName => Text(157, 100);

    internal ReadOnlySpan<byte> Name => Text(0, 100);

    /// <summary>What stands before the name and a slash: ustar's only; GNU keeps other things there.</summary>
    internal ReadOnlySpan<byte> Prefix => _block.Slice(257, 8).SequenceEqual("ustar\u000000"u8) ? Text(345, 155) : default;

    internal static bool IsZero(ReadOnlySpan<byte> block) => !block.ContainsAnyExcept((byte)0);

    /// <summary>The sum of all bytes, those of the sum's own field taken as spaces; some old archivers summed signed ones.</summary>
    internal bool ChecksumHolds()
    {
        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < BlockSize; i++)
        {
            byte value = i is >= 148 and < 156 ? (byte)' ' : _block[i];
            unsigned += value;
            signed += (sbyte)value;
        }

        return TryNumber(_block.Slice(148, 8), out long stated) && (stated == unsigned || stated == signed);
    }

    internal ReadOnlySpan<byte> Field(int start, int length) => _block.Slice(start, length);

    /// <summary>Octal digits among spaces and NULs, or a two's complement of the field's length behind a byte with its first bit set (GNU).</summary>
    internal static bool TryNumber(ReadOnlySpan<byte> field, out long number)
    {
        number = 0;
        if ((field[0] & 0x80) != 0)
        {
            bool negative = (field[0] & 0x40) != 0;
            if (field.Length > 8)
            {
                ReadOnlySpan<byte> high = field[1..^8];
                number = BinaryPrimitives.ReadInt64BigEndian(field[^8..]);
                return field[0] is 0x80 or 0xff && !high.ContainsAnyExcept(negative ? (byte)0xff : (byte)0) && number < 0 == negative;
            }

            number = negative ? -1 : 0;
            number = (number << 6) | (uint)(field[0] & 0x3f);
            foreach (byte next in field[1..])
            {
                number = (number << 8) | next;
            }

            return true;
        }

        foreach (byte digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return false;
            }

            number = (number << 3) + digit - '0';
        }

        return true;
    }

    private long Number(int start, int length, string what) =>
        TryNumber(_block.Slice(start, length), out long number) ? number : throw new TarException(Linux.FileName.Of(Name), $"its {what} is not a number");

    private ReadOnlySpan<byte> Text(int start, int length)
    {
        ReadOnlySpan<byte> field = _block.Slice(start, length);
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }
}
