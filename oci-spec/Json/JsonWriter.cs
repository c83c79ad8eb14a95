using System.Buffers.Text;
using System.Text;

namespace OciSpec;

/// <summary>
/// Writes JSON as UTF-8 into memory. It does what cctl needs and no more: Utf8JsonWriter's encoder tables
/// take 0.15 ms to build at first use, which is a noticeable part of a launch.
/// </summary>
/// <param name="indented">One property or element a line, indented with tabs.</param>
public sealed partial class JsonWriter(bool indented)
{
    private byte[] _buffer = new byte[1024];
    private int _length;
    private int _depth;
    private bool _first = true;
    private bool _named;

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>Begins an object.</summary>
    public void WriteStartObject() => Start((byte)'{');

    /// <summary>Ends an object.</summary>
    public void WriteEndObject() => End((byte)'}');

    /// <summary>Begins an array.</summary>
    public void WriteStartArray() => Start((byte)'[');

    /// <summary>Ends an array.</summary>
    public void WriteEndArray() => End((byte)']');

    /// <summary>Writes a name that needs no escape.</summary>
    public void WritePropertyName(ReadOnlySpan<byte> name)
    {
        Separate();
        Append("\""u8);
        Append(name);
        Append("\""u8);
        Colon();
    }

    /// <summary>Writes a name.</summary>
    public void WritePropertyName(string name)
    {
        Separate();
        Quoted(name);
        Colon();
    }

    /// <summary>Writes a string; half of a surrogate pair becomes U+FFFD.</summary>
    public void WriteStringValue(string value)
    {
        Separate();
        Quoted(value);
    }

    /// <summary>Writes true or false.</summary>
    public void WriteBooleanValue(bool value)
    {
        Separate();
        Append(value ? "true"u8 : "false"u8);
    }

    /// <summary>Writes an integer.</summary>
    public void WriteNumberValue(long value)
    {
        Separate();
        Utf8Formatter.TryFormat(value, Room(20), out int written);
        _length += written;
    }

    /// <summary>Writes an integer.</summary>
    public void WriteNumberValue(ulong value)
    {
        Separate();
        Utf8Formatter.TryFormat(value, Room(20), out int written);
        _length += written;
    }

    /// <summary>Writes a number, as short as reads back to it.</summary>
    public void WriteNumberValue(double value)
    {
        Separate();
        Utf8Formatter.TryFormat(value, Room(32), out int written);
        _length += written;
    }

    /// <summary>Writes null.</summary>
    public void WriteNullValue()
    {
        Separate();
        Append("null"u8);
    }

    /// <summary>Writes a value that is JSON already.</summary>
    public void WriteRawValue(ReadOnlySpan<byte> json)
    {
        Separate();
        Append(json);
    }

    /// <summary>Ends the text with a line feed.</summary>
    public void WriteLineFeed() => Append("\n"u8);

    private void Start(byte open)
    {
        Separate();
        Room(1)[0] = open;
        _length++;
        _depth++;
        _first = true;
    }

    private void End(byte close)
    {
        _depth--;
        if (!_first)
        {
            NewLine();
        }

        Room(1)[0] = close;
        _length++;
        _first = false;
    }

    /// <summary>What stands before a name or an element: a comma unless it is the first; nothing before a named value.</summary>
    private void Separate()
    {
        if (_named)
        {
            _named = false;
            return;
        }

        if (!_first)
        {
            Append(","u8);
        }

        if (_depth > 0)
        {
            NewLine();
        }

        _first = false;
    }

    private void Colon()
    {
        Append(indented ? ": "u8 : ":"u8);
        _named = true;
    }

    private void NewLine()
    {
        if (indented)
        {
            Append("\n"u8);
            Room(_depth)[.._depth].Fill((byte)'\t');
            _length += _depth;
        }
    }

    private void Quoted(string text)
    {
        Append("\""u8);
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int plain = Plain(rest);
            rest = rest[plain..];
            if (rest.IsEmpty)
            {
                break;
            }

            Span<byte> room = Room(6);
            if (char.IsAscii(rest[0]))
            {
                _length += Escape((byte)rest[0], room);
                rest = rest[1..];
            }
            else
            {
                Rune.DecodeFromUtf16(rest, out Rune rune, out int read); // U+FFFD for half of a pair
                _length += rune.EncodeToUtf8(room);
                rest = rest[read..];
            }
        }

        Append("\""u8);
    }

    /// <summary>Writes the characters that stand for themselves and says how many they are.</summary>
    private int Plain(ReadOnlySpan<char> text)
    {
        Span<byte> room = Room(text.Length);
        int count = 0;
        while (count < text.Length && text[count] is >= ' ' and < '\x7f' and not ('"' or '\\'))
        {
            room[count] = (byte)text[count];
            count++;
        }

        _length += count;
        return count;
    }

    private static int Escape(byte c, Span<byte> room)
    {
        if (c == 0x7f)
        {
            room[0] = c;
            return 1;
        }

        room[0] = (byte)'\\';
        room[1] = c switch
        {
            (byte)'"' or (byte)'\\' => c,
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            _ => (byte)'u',
        };
        if (room[1] != 'u')
        {
            return 2;
        }

        room[2] = room[3] = (byte)'0';
        room[4] = (byte)('0' + (c >> 4));
        room[5] = "0123456789abcdef"u8[c & 15];
        return 6;
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Room(text.Length));
        _length += text.Length;
    }

    private Span<byte> Room(int bytes)
    {
        if (_buffer.Length - _length < bytes)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + bytes));
        }

        return _buffer.AsSpan(_length);
    }
}
