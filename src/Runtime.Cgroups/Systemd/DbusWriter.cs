using System.Buffers.Binary;
using System.Text;

namespace Runtime.Cgroups.Systemd;

/// <summary>
/// Marshals values as the D-Bus specification says, little endian: each aligned to its size from the beginning of the
/// message, which is where the writer begins.
/// </summary>
internal sealed class DbusWriter
{
    private byte[] _bytes = new byte[1024];

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Zero bytes up to a multiple of <paramref name="size"/>.</summary>
    public void Align(int size)
    {
        while (Length % size != 0)
        {
            Byte(0);
        }
    }

    /// <summary>y.</summary>
    public void Byte(byte value) => Room(1)[0] = value;

    /// <summary>b.</summary>
    public void Boolean(bool value) => UInt32(value ? 1u : 0u);

    /// <summary>n or q.</summary>
    public void UInt16(ushort value)
    {
        Align(2);
        BinaryPrimitives.WriteUInt16LittleEndian(Room(2), value);
    }

    /// <summary>i or u.</summary>
    public void UInt32(uint value)
    {
        Align(4);
        BinaryPrimitives.WriteUInt32LittleEndian(Room(4), value);
    }

    /// <summary>x, t, or the bits of d.</summary>
    public void UInt64(ulong value)
    {
        Align(8);
        BinaryPrimitives.WriteUInt64LittleEndian(Room(8), value);
    }

    /// <summary>s or o: length, bytes, NUL.</summary>
    public void String(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        UInt32((uint)length);
        Encoding.UTF8.GetBytes(value, Room(length));
        Byte(0);
    }

    /// <summary>g: length in one byte, bytes, NUL.</summary>
    public void Signature(string value)
    {
        Byte((byte)value.Length);
        Encoding.ASCII.GetBytes(value, Room(value.Length));
        Byte(0);
    }

    /// <summary>Begins an array; its elements are aligned to <paramref name="alignment"/>. Ends with <see cref="EndArray"/>.</summary>
    public (int LengthAt, int Start) BeginArray(int alignment)
    {
        UInt32(0);
        int at = Length - 4;
        Align(alignment);
        return (at, Length);
    }

    /// <summary>Fills in the length of an array.</summary>
    public void EndArray((int LengthAt, int Start) array) => Patch(array.LengthAt, (uint)(Length - array.Start));

    /// <summary>Overwrites four bytes.</summary>
    public void Patch(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(at, 4), value);

    private Span<byte> Room(int size)
    {
        if (Length + size > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + size));
        }

        Length += size;
        return _bytes.AsSpan(Length - size, size);
    }
}
