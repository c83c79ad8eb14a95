using System.Text;

namespace Runtime.Checkpoint;

/// <summary>
/// Walks the fields of a message in Protocol Buffers' wire format. A damaged message ends early, it does not throw;
/// <see cref="IsDamaged"/> says so.
/// </summary>
internal ref struct ProtobufReader
{
    private ReadOnlySpan<byte> _rest;
    private ReadOnlySpan<byte> _value;

    /// <summary>Reads a message.</summary>
    public ProtobufReader(ReadOnlySpan<byte> message) => _rest = message;

    /// <summary>The present field's number.</summary>
    public int Field { get; private set; }

    /// <summary>Its value where it is a number.</summary>
    public long Number { get; private set; }

    /// <summary>Its value where it is a text.</summary>
    public readonly string Text => Encoding.UTF8.GetString(_value);

    /// <summary>Its value where it is a message.</summary>
    public readonly ReadOnlySpan<byte> Message => _value;

    /// <summary>Whether the present field is a number, and not bytes.</summary>
    public bool IsNumber { get; private set; }

    /// <summary>Whether the message ended before its bytes did, or within a field.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>The present field as it stands in the message, with its tag.</summary>
    public ReadOnlySpan<byte> Raw { get; private set; }

    /// <summary>Goes to the next field; false at the end.</summary>
    public bool MoveNext()
    {
        ReadOnlySpan<byte> before = _rest;
        bool moved = TryField();
        IsDamaged |= !moved && !before.IsEmpty;
        Raw = moved ? before[..(before.Length - _rest.Length)] : default;
        return moved;
    }

    private bool TryField()
    {
        // A tag has 32 bits: with more of them another reader would see another field.
        if (!TryVarint(out ulong tag) || tag > uint.MaxValue || tag < 8)
        {
            return false;
        }

        Field = (int)(tag >> 3);
        Number = 0;
        IsNumber = (tag & 7) == 0;
        _value = default;
        switch (tag & 7)
        {
            case 0:
                bool read = TryVarint(out ulong number);
                Number = (long)number;
                return read;
            case 1:
                return TryTake(8);
            case 2:
                return TryVarint(out ulong length) && length <= int.MaxValue && TryTake((int)length);
            case 5:
                return TryTake(4);
            default:
                return false;
        }
    }

    private bool TryTake(int length)
    {
        if (length > _rest.Length)
        {
            return false;
        }

        _value = _rest[..length];
        _rest = _rest[length..];
        return true;
    }

    private bool TryVarint(out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 64 && !_rest.IsEmpty; shift += 7)
        {
            byte next = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
