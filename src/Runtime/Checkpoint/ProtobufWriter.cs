using System.Text;

namespace Runtime.Checkpoint;

/// <summary>
/// Writes Protocol Buffers' wire format (protobuf.dev, "Encoding"): as much of it as criu's requests need. A library
/// would bring its own reflection and a megabyte for some thirty fields.
/// </summary>
internal sealed class ProtobufWriter
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;
    private readonly List<byte> _bytes = [];

    /// <summary>What was written.</summary>
    public byte[] ToArray() => [.. _bytes];

    /// <summary>A number, enumeration or descriptor.</summary>
    public void Number(int field, long value)
    {
        Tag(field, Varint);
        // A negative number is written with its sign extended to 64 bits.
        Raw((ulong)value);
    }

    /// <summary>A flag; left out where it is false, which is every flag's default.</summary>
    public void Flag(int field, bool value)
    {
        if (value)
        {
            Number(field, 1);
        }
    }

    /// <summary>A text; left out where it is null.</summary>
    public void Text(int field, string? value)
    {
        if (value is not null)
        {
            Bytes(field, Encoding.UTF8.GetBytes(value));
        }
    }

    /// <summary>A message inside this one.</summary>
    public void Message(int field, Action<ProtobufWriter> write)
    {
        var inner = new ProtobufWriter();
        write(inner);
        Bytes(field, inner.ToArray());
    }

    /// <summary>A field as a reader had it.</summary>
    public void Copy(ReadOnlySpan<byte> field) => _bytes.AddRange(field);

    /// <summary>Bytes, or a message that is written already.</summary>
    public void Bytes(int field, byte[] value)
    {
        Tag(field, LengthDelimited);
        Raw((ulong)value.Length);
        _bytes.AddRange(value);
    }

    private void Tag(int field, int type) => Raw((ulong)((field << 3) | type));

    private void Raw(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Add((byte)(value | 0x80));
        }

        _bytes.Add((byte)value);
    }
}
