using System.Globalization;
using System.Text;

namespace Runtime.Cgroups.Systemd;

/// <summary>
/// Values in GVariant's text format, as far as unit properties need it: booleans, numbers (int32 without a type before
/// them), strings in either quotes, arrays of strings.
/// </summary>
internal static class GVariantText
{
    /// <summary>The value, in a type of <see cref="UnitProperty.Value"/>; null where the text is none.</summary>
    public static object? Parse(string text)
    {
        text = text.Trim();
        if (text is "true" or "false")
        {
            return text == "true";
        }

        if (text == "@as []")
        {
            return Array.Empty<string>();
        }

        if (text.StartsWith('['))
        {
            return Strings(text);
        }

        if (text.Length > 1 && text[0] is '\'' or '"')
        {
            int at = 0;
            return Quoted(text, ref at) is { } value && at == text.Length ? value : null;
        }

        int space = text.IndexOf(' ');
        return space < 0 ? Number(text.Contains('.') ? "double" : "int32", text) : Typed(text[..space], text[(space + 1)..].Trim());
    }

    private static object? Typed(string type, string text) => type switch
    {
        "boolean" => text is "true" or "false" ? text == "true" : null,
        "string" or "objectpath" or "signature" => Parse(text) as string,
        _ => Number(type, text),
    };

    private static object? Number(string type, string text)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign;
        CultureInfo c = CultureInfo.InvariantCulture;
        return type switch
        {
            "byte" when byte.TryParse(text, Style, c, out byte v) => v,
            "int16" when short.TryParse(text, Style, c, out short v) => v,
            "uint16" when ushort.TryParse(text, Style, c, out ushort v) => v,
            "int32" when int.TryParse(text, Style, c, out int v) => v,
            "uint32" when uint.TryParse(text, Style, c, out uint v) => v,
            "int64" when long.TryParse(text, Style, c, out long v) => v,
            "uint64" when ulong.TryParse(text, Style, c, out ulong v) => v,
            "double" when double.TryParse(text, NumberStyles.Float, c, out double v) => v,
            _ => null,
        };
    }

    private static string[]? Strings(string text)
    {
        var strings = new List<string>();
        int at = 1;
        while (true)
        {
            SkipSpace(text, ref at);
            if (Quoted(text, ref at) is not { } value)
            {
                return null;
            }

            strings.Add(value);
            SkipSpace(text, ref at);
            if (at == text.Length - 1 && text[at] == ']')
            {
                return [.. strings];
            }

            if (at >= text.Length || text[at++] != ',')
            {
                return null;
            }
        }
    }

    private static void SkipSpace(string text, ref int at)
    {
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }
    }

    // The string whose quote stands at `at`; goes behind its end.
    private static string? Quoted(string text, ref int at)
    {
        if (at >= text.Length || text[at] is not ('\'' or '"'))
        {
            return null;
        }

        char quote = text[at++];
        var value = new StringBuilder();
        for (; at < text.Length; at++)
        {
            char c = text[at];
            if (c == quote)
            {
                at++;
                return value.ToString();
            }

            if (c == '\\' && ++at < text.Length)
            {
                c = text[at] switch { 'n' => '\n', 't' => '\t', _ => text[at] };
            }

            value.Append(c);
        }

        return null;
    }
}
