using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OciSpec;

/// <summary>JSON pointers, RFC 6901.</summary>
public static class JsonPointer
{
    /// <summary>Appends a property's name to a pointer, <c>~</c> and <c>/</c> escaped as <c>~0</c> and <c>~1</c>; control characters become <c>?</c>.</summary>
    public static string Append(string pointer, string name)
    {
        var text = new StringBuilder(pointer);
        AppendName(text, name);
        return text.ToString();
    }

    /// <summary>Appends an index to a pointer.</summary>
    public static string Append(string pointer, int index)
        => string.Concat(pointer, "/", index.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// The pointer of the value or name that starts at a byte of a document. Walks the document from its start, so
    /// that reading it without errors costs nothing.
    /// </summary>
    internal static string At(ReadOnlySpan<byte> utf8, long offset)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = JsonInput.MaxDepth });
        var names = new string?[JsonInput.MaxDepth + 1];
        var indices = new int[JsonInput.MaxDepth + 1];
        while (reader.Read())
        {
            int depth = reader.CurrentDepth;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    names[depth] = NameOf(ref reader);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    continue;
                default:
                    indices[depth]++;
                    break;
            }

            if (reader.TokenStartIndex >= offset)
            {
                return Build(names, indices, depth);
            }

            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                names[depth + 1] = null;
                indices[depth + 1] = -1;
            }
        }

        return "";
    }

    private static string Build(string?[] names, int[] indices, int depth)
    {
        var text = new StringBuilder();
        for (int level = 1; level <= depth; level++)
        {
            if (names[level] is { } name)
            {
                AppendName(text, name);
            }
            else
            {
                text.Append('/').Append(indices[level]);
            }
        }

        return text.ToString();
    }

    private static string NameOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan); // half a surrogate pair: as written
        }
    }

    private static void AppendName(StringBuilder text, string name)
    {
        text.Append('/');
        foreach (char c in name.Length > 128 ? name.AsSpan(0, 128) : name)
        {
            _ = c switch
            {
                '~' => text.Append("~0"),
                '/' => text.Append("~1"),
                _ => text.Append(char.IsControl(c) ? '?' : c),
            };
        }
    }
}
