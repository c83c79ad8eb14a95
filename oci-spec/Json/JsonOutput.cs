namespace OciSpec;

/// <summary>What the generated writers share, and the call of one for a whole document.</summary>
public static class JsonOutput
{
    /// <summary>Writes a document as UTF-8; properties that are null are left out.</summary>
    /// <typeparam name="T">Class of the document.</typeparam>
    /// <param name="value">The document.</param>
    /// <param name="write">The generated writer, <c>JsonDocuments.Write…</c>.</param>
    /// <param name="indented">One property a line, indented with tabs, with a line feed at the end.</param>
    public static byte[] Write<T>(T value, Action<JsonWriter, T> write, bool indented = false)
        where T : class
    {
        var output = new JsonWriter(indented);
        write(output, value);
        if (indented)
        {
            output.WriteLineFeed();
        }

        return output.Written.ToArray();
    }

    /// <summary>Writes an array of strings.</summary>
    public static void WriteStringList(JsonWriter output, List<string> list)
    {
        output.WriteStartArray();
        foreach (string item in list)
        {
            output.WriteStringValue(item);
        }

        output.WriteEndArray();
    }

    /// <summary>Writes an array of numbers.</summary>
    public static void WriteUInt32List(JsonWriter output, List<uint> list)
    {
        output.WriteStartArray();
        foreach (uint item in list)
        {
            output.WriteNumberValue(item);
        }

        output.WriteEndArray();
    }

    /// <summary>Writes an array of numbers.</summary>
    public static void WriteInt64List(JsonWriter output, List<long> list)
    {
        output.WriteStartArray();
        foreach (long item in list)
        {
            output.WriteNumberValue(item);
        }

        output.WriteEndArray();
    }

    /// <summary>Writes an object whose values are strings.</summary>
    public static void WriteStringMap(JsonWriter output, Dictionary<string, string> map)
    {
        output.WriteStartObject();
        foreach (KeyValuePair<string, string> entry in map)
        {
            output.WritePropertyName(entry.Key);
            output.WriteStringValue(entry.Value);
        }

        output.WriteEndObject();
    }

    /// <summary>Writes an object whose values are kept as they stood.</summary>
    public static void WriteRawMap(JsonWriter output, Dictionary<string, RawSection> map)
    {
        output.WriteStartObject();
        foreach (KeyValuePair<string, RawSection> entry in map)
        {
            output.WritePropertyName(entry.Key);
            output.WriteRawValue(entry.Value.Utf8);
        }

        output.WriteEndObject();
    }
}
