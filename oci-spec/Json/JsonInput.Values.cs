using System.Text.Json;

namespace OciSpec;

public ref partial struct JsonInput
{
    /// <summary>Reads a string; null for JSON null.</summary>
    public readonly string? ReadString() => _reader.TokenType switch
    {
        JsonTokenType.String => WithoutNul(_reader.GetString()!),
        JsonTokenType.Null => null,
        _ => throw WrongType("string"),
    };

    /// <summary>Reads true or false; null for JSON null.</summary>
    public readonly bool? ReadBoolean() => _reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.Null => null,
        _ => throw WrongType("boolean"),
    };

    /// <summary>Reads an integer; null for JSON null.</summary>
    public readonly ushort? ReadUInt16()
        => !IsNumber() ? null : _reader.TryGetUInt16(out ushort value) ? value : throw OutOfRange(ushort.MinValue, ushort.MaxValue);

    /// <summary>Reads an integer; null for JSON null.</summary>
    public readonly int? ReadInt32()
        => !IsNumber() ? null : _reader.TryGetInt32(out int value) ? value : throw OutOfRange(int.MinValue, int.MaxValue);

    /// <summary>Reads an integer; null for JSON null.</summary>
    public readonly uint? ReadUInt32()
        => !IsNumber() ? null : _reader.TryGetUInt32(out uint value) ? value : throw OutOfRange(uint.MinValue, uint.MaxValue);

    /// <summary>Reads an integer; null for JSON null.</summary>
    public readonly long? ReadInt64()
        => !IsNumber() ? null : _reader.TryGetInt64(out long value) ? value : throw OutOfRange(long.MinValue, long.MaxValue);

    /// <summary>Reads an integer; null for JSON null.</summary>
    public readonly ulong? ReadUInt64()
        => !IsNumber() ? null : _reader.TryGetUInt64(out ulong value) ? value : throw OutOfRange(0, ulong.MaxValue);

    /// <summary>Reads an array of strings; null for JSON null.</summary>
    public List<string>? ReadStringList()
    {
        if (!BeginArray())
        {
            return null;
        }

        var list = new List<string>();
        while (NextElement())
        {
            list.Add(ReadString() ?? throw NullElement("string"));
        }

        return list;
    }

    /// <summary>Reads an array of integers; null for JSON null.</summary>
    public List<uint>? ReadUInt32List()
    {
        if (!BeginArray())
        {
            return null;
        }

        var list = new List<uint>();
        while (NextElement())
        {
            list.Add(ReadUInt32() ?? throw NullElement("number"));
        }

        return list;
    }

    /// <summary>Reads an array of integers; null for JSON null.</summary>
    public List<long>? ReadInt64List()
    {
        if (!BeginArray())
        {
            return null;
        }

        var list = new List<long>();
        while (NextElement())
        {
            list.Add(ReadInt64() ?? throw NullElement("number"));
        }

        return list;
    }

    /// <summary>Reads an object whose values are strings; null for JSON null.</summary>
    public Dictionary<string, string>? ReadStringMap()
    {
        if (!BeginObject())
        {
            return null;
        }

        var map = new Dictionary<string, string>();
        while (NextName())
        {
            string key = ReadKey();
            if (!map.TryAdd(key, ""))
            {
                throw Duplicate();
            }

            MoveToValue();
            map[key] = ReadString() ?? throw NullElement("string");
        }

        return map;
    }

    /// <summary>Reads an object whose values are kept as they stand; null for JSON null.</summary>
    public Dictionary<string, RawSection>? ReadRawMap()
    {
        if (!BeginObject())
        {
            return null;
        }

        var map = new Dictionary<string, RawSection>();
        while (NextName())
        {
            string key = ReadKey();
            if (map.ContainsKey(key))
            {
                throw Duplicate();
            }

            MoveToValue();
            map.Add(key, ReadRaw() ?? throw NullElement("value"));
        }

        return map;
    }

    /// <summary>Takes a value as it stands; null for JSON null.</summary>
    public RawSection? ReadRaw()
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        int start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        return new RawSection(_utf8[start..(int)_reader.BytesConsumed].ToArray());
    }

    private readonly bool IsNumber() => _reader.TokenType switch
    {
        JsonTokenType.Number => true,
        JsonTokenType.Null => false,
        _ => throw WrongType("number"),
    };

    /// <summary>The kernel takes strings up to the first NUL: what follows it would pass every check and have no effect.</summary>
    private readonly string WithoutNul(string value)
        => _reader.ValueIsEscaped && value.Contains('\0') ? throw Error("a NUL character is not allowed") : value;
}
