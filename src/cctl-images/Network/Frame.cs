using System.Buffers.Binary;

namespace CctlImages.Network;

/// <summary>The eight bytes before each frame: kind, three of nothing, and the length of what follows, little-endian.</summary>
internal static class Frame
{
    /// <summary>Bytes before each frame.</summary>
    public const int HeaderSize = 8;

    /// <summary>Longest frame that the parent takes, bytes.</summary>
    public const int LargestAnswer = 64 << 10;

    /// <summary>Longest frame that the child takes: a manifest with what belongs to it.</summary>
    public const int LargestRequest = 8 << 20;

    /// <summary>Writes a header.</summary>
    public static void WriteHeader(Span<byte> header, FrameKind kind, int length)
    {
        header[..HeaderSize].Clear();
        header[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], length);
    }

    /// <summary>Reads a header.</summary>
    /// <returns>False where the length is not allowed.</returns>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, int largest, out FrameKind kind, out int length)
    {
        kind = (FrameKind)header[0];
        length = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        return length >= 0 && length <= largest;
    }
}
