using System.Buffers.Binary;
using System.Text;

namespace Runtime.Cgroups.Systemd;

/// <summary>
/// Unmarshals values, little endian. Every length is checked against what is left before a byte is touched: the
/// other side is systemd, and is believed as little as any other.
/// </summary>
/// <param name="bytes">The bytes, beginning where the alignment counts from.</param>
internal ref struct DbusReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Where the next value is looked for.</summary>
    public int Position { get; private set; }

    /// <summary>Nothing is left.</summary>
    public readonly bool IsEnd => Position >= _bytes.Length;

    /// <summary>Skips padding, which must be zero.</summary>
    public void Align(int size)
    {
        while (Position % size != 0)
        {
            if (Take(1)[0] != 0)
            {
                throw Malformed("padding that is not zero");
            }
        }
    }

    /// <summary>y.</summary>
    public byte Byte() => Take(1)[0];

    /// <summary>u.</summary>
    public uint UInt32()
    {
        Align(4);
        return BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
    }

    /// <summary>s or o.</summary>
    public string String()
    {
        uint length = UInt32();
        return Text(length);
    }

    /// <summary>g.</summary>
    public string Signature() => Text(Byte());

    /// <summary>Skips a value of a basic type.</summary>
    public void SkipBasic(char type)
    {
        switch (type)
        {
            case 'y':
                Byte();
                break;
            case 'n' or 'q':
                Align(2);
                Take(2);
                break;
            case 'b' or 'i' or 'u' or 'h':
                UInt32();
                break;
            case 'x' or 't' or 'd':
                Align(8);
                Take(8);
                break;
            case 's' or 'o':
                String();
                break;
            case 'g':
                Signature();
                break;
            default:
                throw Malformed($"a header field of the type {type}");
        }
    }

    private string Text(uint length)
    {
        if (length > (uint)(_bytes.Length - Position))
        {
            throw Malformed("a string longer than its message");
        }

        string text = Encoding.UTF8.GetString(Take((int)length));
        return Byte() == 0 ? text : throw Malformed("a string without an end");
    }

    private ReadOnlySpan<byte> Take(int size)
    {
        if (size > _bytes.Length - Position)
        {
            throw Malformed("a message that ends too early");
        }

        Position += size;
        return _bytes.Slice(Position - size, size);
    }

    private static DbusException Malformed(string what) => new(DbusException.Protocol, what);
}
