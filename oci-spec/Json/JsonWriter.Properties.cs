namespace OciSpec;

/// <summary>Properties whole: name and value.</summary>
public sealed partial class JsonWriter
{
    /// <summary>Writes a property that begins an object.</summary>
    public void WriteStartObject(ReadOnlySpan<byte> name)
    {
        WritePropertyName(name);
        WriteStartObject();
    }

    /// <summary>As above, with a name that may need escapes.</summary>
    public void WriteStartObject(string name)
    {
        WritePropertyName(name);
        WriteStartObject();
    }

    /// <summary>Writes a property that begins an array.</summary>
    public void WriteStartArray(ReadOnlySpan<byte> name)
    {
        WritePropertyName(name);
        WriteStartArray();
    }

    /// <summary>Writes a property that is a string.</summary>
    public void WriteString(ReadOnlySpan<byte> name, string value)
    {
        WritePropertyName(name);
        WriteStringValue(value);
    }

    /// <summary>Writes a property that is a string; nothing for null.</summary>
    public void WriteOptional(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            WriteString(name, value);
        }
    }

    /// <summary>Writes a property that is an integer.</summary>
    public void WriteNumber(ReadOnlySpan<byte> name, ulong value)
    {
        WritePropertyName(name);
        WriteNumberValue(value);
    }

    /// <summary>Writes a property that is an integer.</summary>
    public void WriteNumber(ReadOnlySpan<byte> name, long value)
    {
        WritePropertyName(name);
        WriteNumberValue(value);
    }

    /// <summary>Writes a property that is a number.</summary>
    public void WriteNumber(ReadOnlySpan<byte> name, double value)
    {
        WritePropertyName(name);
        WriteNumberValue(value);
    }

    /// <summary>Writes a property that is true or false.</summary>
    public void WriteBoolean(ReadOnlySpan<byte> name, bool value)
    {
        WritePropertyName(name);
        WriteBooleanValue(value);
    }

    /// <summary>Writes a property that is null.</summary>
    public void WriteNull(ReadOnlySpan<byte> name)
    {
        WritePropertyName(name);
        WriteNullValue();
    }
}
