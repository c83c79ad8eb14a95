using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OciSpec;

/// <summary>What the generated writers share, and the call of one for a whole document.</summary>
public static class JsonOutput
{
    /// <summary>Writes a document as UTF-8; properties that are null are left out.</summary>
    /// <typeparam name="T">Class of the document.</typeparam>
    /// <param name="value">The document.</param>
    /// <param name="write">The generated writer, <c>JsonDocuments.Write…</c>.</param>
    /// <param name="indented">One property a line, indented with tabs, with a line feed at the end.</param>
    public static byte[] Write<T>(T value, Action<Utf8JsonWriter, T> write, bool indented = false)
        where T : class
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var output = new Utf8JsonWriter(buffer, new JsonWriterOptions
        {
            Indented = indented,
            IndentCharacter = '\t',
            IndentSize = 1,
            NewLine = "\n",
            MaxDepth = JsonInput.MaxDepth,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // the text goes to files, sockets and terminals, never into a web page
            SkipValidation = true,
        }))
        {
            write(output, value);
        }

        if (indented)
        {
            buffer.Write("\n"u8);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes an array of strings.</summary>
    public static void WriteStringList(Utf8JsonWriter output, List<string> list)
    {
        output.WriteStartArray();
        foreach (string item in list)
        {
            output.WriteStringValue(item);
        }

        output.WriteEndArray();
    }

    /// <summary>Writes an array of numbers.</summary>
    public static void WriteUInt32List(Utf8JsonWriter output, List<uint> list)
    {
        output.WriteStartArray();
        foreach (uint item in list)
        {
            output.WriteNumberValue(item);
        }

        output.WriteEndArray();
    }

    /// <summary>Writes an array of numbers.</summary>
    public static void WriteInt64List(Utf8JsonWriter output, List<long> list)
    {
        output.WriteStartArray();
        foreach (long item in list)
        {
            output.WriteNumberValue(item);
        }

        output.WriteEndArray();
    }

    /// <summary>Writes an object whose values are strings.</summary>
    public static void WriteStringMap(Utf8JsonWriter output, Dictionary<string, string> map)
    {
        output.WriteStartObject();
        foreach (KeyValuePair<string, string> entry in map)
        {
            output.WriteString(entry.Key, entry.Value);
        }

        output.WriteEndObject();
    }

    /// <summary>Writes an object whose values are kept as they stood.</summary>
    public static void WriteRawMap(Utf8JsonWriter output, Dictionary<string, RawSection> map)
    {
        output.WriteStartObject();
        foreach (KeyValuePair<string, RawSection> entry in map)
        {
            output.WritePropertyName(entry.Key);
            output.WriteRawValue(entry.Value.Utf8, skipInputValidation: true);
        }

        output.WriteEndObject();
    }
}
