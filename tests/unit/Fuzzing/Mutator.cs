using System.Buffers.Binary;
using System.Text;

namespace Unit.Tests.Fuzzing;

/// <summary>Makes inputs that are nearly well-formed out of others.</summary>
/// <param name="random">Where its choices come from: the same seed makes the same inputs.</param>
/// <param name="corpus">What it starts from; the caller may add to it.</param>
/// <param name="words">Pieces that the format gives a meaning to.</param>
internal sealed class Mutator(Random random, List<byte[]> corpus, string[] words)
{
    private const int Longest = 1 << 16;
    private static readonly ulong[] s_numbers =
        [0, 1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 4095, 4096, 32767, 32768, 65535, 65536, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, long.MaxValue, 1UL << 63, ulong.MaxValue];

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        byte[] input = [.. corpus[random.Next(corpus.Count)]];
        for (int i = 1 << random.Next(4); i > 0; i--)
        {
            input = Change(input);
        }

        return input.Length > Longest ? input[..Longest] : input;
    }

    private byte[] Change(byte[] input)
    {
        int at = random.Next(input.Length + 1);
        int length = random.Next(Math.Min(input.Length - at, 1 << random.Next(10)) + 1);
        switch (random.Next(9))
        {
            case 0 when input.Length > 0:
                input[random.Next(input.Length)] ^= (byte)(1 << random.Next(8));
                return input;
            case 1 when input.Length > 0:
                input[random.Next(input.Length)] = (byte)random.Next(256);
                return input;
            case 2:
                return [.. input[..at], .. input[(at + length)..]];
            case 3:
                return [.. input[..at], .. input[at..(at + length)], .. input[at..]];
            case 4:
                byte[] other = corpus[random.Next(corpus.Count)];
                return [.. input[..at], .. other[random.Next(other.Length + 1)..]];
            case 5:
                return [.. input[..at], .. Word(), .. input[(at + length)..]];
            case 6:
                return [.. input[..at], .. Word(), .. input[at..]];
            case 7:
                return Number(input, at);
            default:
                return input[..at];
        }
    }

    private byte[] Word() => words.Length > 0 && random.Next(4) > 0
        ? Encoding.Latin1.GetBytes(words[random.Next(words.Length)])
        : Encoding.Latin1.GetBytes(s_numbers[random.Next(s_numbers.Length)].ToString(System.Globalization.CultureInfo.InvariantCulture));

    // In the place of what is there, in either order of bytes, or of Protocol Buffers' variable length.
    private byte[] Number(byte[] input, int at)
    {
        ulong number = s_numbers[random.Next(s_numbers.Length)] + (ulong)random.Next(-2, 3);
        Span<byte> bytes = stackalloc byte[10];
        int size = 1 << random.Next(4);
        switch (random.Next(3))
        {
            case 0:
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
                break;
            case 1:
                BinaryPrimitives.WriteUInt64BigEndian(bytes, number << (64 - (8 * size)));
                break;
            default:
                for (size = 0; number > 127; number >>= 7)
                {
                    bytes[size++] = (byte)(number | 128);
                }

                bytes[size++] = (byte)number;
                break;
        }

        return [.. input[..at], .. bytes[..size], .. input[Math.Min(at + size, input.Length)..]];
    }
}
