using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace OciSpec;

public ref partial struct JsonInput
{
    /// <summary>The error of a duplicate property.</summary>
    public readonly ConfigException Duplicate() => Error("duplicate property");

    /// <summary>The error of a null in an array or a map.</summary>
    public readonly ConfigException NullElement(string needed) => WrongType(needed);

    private readonly ConfigException WrongType(string needed)
    {
        string found = _reader.TokenType switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a number",
            JsonTokenType.True or JsonTokenType.False => "a boolean",
            _ => "null",
        };
        return Error($"{found} where {(needed is "object" or "array" ? "an " : "a ")}{needed} belongs{WayTo(needed)}");
    }

    /// <summary>How to write what a person most likely meant.</summary>
    private readonly string WayTo(string needed)
    {
        if (_reader.TokenType == JsonTokenType.String && needed == "number")
        {
            string text = _reader.GetString()!;
            int digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
            return text.Length == 0 ? string.Empty
                : digits < 0 ? $": write {text} without quotation marks"
                : digits > 0 && text[digits..].ToUpperInvariant() is "K" or "M" or "G" or "T" or "KB" or "MB" or "GB" or "KIB" or "MIB" or "GIB" ? ": write it in bytes, as a plain number"
                : string.Empty;
        }

        return (_reader.TokenType, needed) switch
        {
            (JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False, "string") => ": put it in quotation marks",
            (JsonTokenType.String, "array") => ": put it in brackets: [\"…\"]",
            (JsonTokenType.String, "boolean") => ": write true or false without quotation marks",
            _ => string.Empty,
        };
    }

    private readonly ConfigException OutOfRange(long lowest, ulong highest)
    {
        ReadOnlySpan<byte> digits = _reader.ValueSpan;
        string shown = Encoding.ASCII.GetString(digits[..Math.Min(digits.Length, 32)]) + (digits.Length > 32 ? "…" : "");
        return Error($"{shown} is not an integer from {lowest} to {highest}");
    }

    private readonly ConfigException Error(string detail)
        => new(JsonPointer.At(_utf8, _reader.TokenStartIndex), detail);

    private readonly ConfigException Malformed(JsonException e)
    {
        long line = e.LineNumber ?? 0;
        long column = e.BytePositionInLine ?? 0;
        int open = _reader.CurrentDepth + (_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? 1 : 0);
        int at = Offset(line, column);
        bool deep = open >= MaxDepth && at < _utf8.Length && _utf8[at] is (byte)'{' or (byte)'[';
        return new ConfigException("", string.Concat(
            deep ? $"nested deeper than {MaxDepth} levels" : "malformed json", $" at line {line + 1}, column {column + 1}", deep ? "" : Reason(at)));
    }

    private readonly int Offset(long line, long column)
    {
        int at = 0;
        for (; line > 0; line--)
        {
            at += _utf8[at..].IndexOf((byte)'\n') + 1;
        }

        return (int)Math.Min(at + column, _utf8.Length);
    }

    /// <summary>What a person most likely did there; empty where that cannot be told.</summary>
    private readonly string Reason(int at)
    {
        ReadOnlySpan<byte> rest = _utf8[at..].TrimStart(" \t\r\n"u8);
        ReadOnlySpan<byte> before = _utf8[..at].TrimEnd(" \t\r\n"u8);
        byte previous = before.IsEmpty ? (byte)0 : before[^1];
        if (rest.IsEmpty)
        {
            return ": the text ends too early: a bracket, a brace or a quotation mark is not closed";
        }

        if (_utf8[at] == 0)
        {
            return ": a NUL byte: it is no text";
        }

        if (Literal(at) is { } word)
        {
            return $": \"{word}\": a value is true, false, null, a number, or a string in double quotation marks";
        }

        return _utf8[at] < 0x20 ? ": a control character in a string: write \\n or \\t" : rest[0] switch
        {
            (byte)'/' or (byte)'#' => ": a comment: json has none",
            _ when _reader.CurrentDepth == 0 && _reader.TokenType is JsonTokenType.EndObject => ": more text after the end of the document",
            (byte)'}' or (byte)']' when previous == ',' => ": a comma before the closing bracket: take it out",
            (byte)',' when previous is (byte)'{' or (byte)'[' or (byte)',' => ": a comma too many",
            (byte)'\'' => ": a single quotation mark: json takes double ones",
            (byte)'"' or (byte)'{' or (byte)'[' when previous is (byte)'"' or (byte)'}' or (byte)']' or (byte)'e' or (byte)'l' or (>= (byte)'0' and <= (byte)'9') => ": a comma is missing before it",
            (byte)'T' or (byte)'F' or (byte)'N' => ": json writes true, false and null",
            _ when previous == 0 => ": no json: a config is an object and begins with {",
            _ when previous is (byte)'{' or (byte)',' && char.IsAsciiLetter((char)rest[0]) => ": a name stands in double quotation marks",
            _ => "",
        };
    }

    /// <summary>The word that stands where a value belongs; null where none does.</summary>
    private readonly string? Literal(int at)
    {
        int start = at;
        while (start > 0 && char.IsAsciiLetterOrDigit((char)_utf8[start - 1]))
        {
            start--;
        }

        ReadOnlySpan<byte> before = _utf8[..start].TrimEnd(" \t\r\n"u8);
        int end = start;
        while (end < _utf8.Length && end - start < 32 && char.IsAsciiLetterOrDigit((char)_utf8[end]))
        {
            end++;
        }

        return before is [.., (byte)':'] && end > start && char.IsAsciiLetterLower((char)_utf8[start]) ? Encoding.ASCII.GetString(_utf8[start..end]) : null;
    }

    /// <summary>A file of another encoding, which editors and shells of other systems write.</summary>
    private static ConfigException? OtherEncoding(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]))
        {
            return new ConfigException("", "it begins with a byte order mark: save it as utf-8 without one");
        }

        bool wide = bytes.Length > 1 && (bytes[0], bytes[1]) is (0xff, 0xfe) or (0xfe, 0xff) or (0, not 0) or (not 0, 0);
        return wide ? new ConfigException("", "it is utf-16: save it as utf-8") : null;
    }

    private static ConfigException InvalidUtf8(ReadOnlySpan<byte> utf8)
    {
        Span<char> chars = stackalloc char[256];
        ReadOnlySpan<byte> rest = utf8;
        while (Utf8.ToUtf16(rest, chars, out int read, out _, replaceInvalidSequences: false) != System.Buffers.OperationStatus.InvalidData)
        {
            rest = rest[read..];
        }

        Utf8.ToUtf16(rest, chars, out int valid, out _, replaceInvalidSequences: false);
        ReadOnlySpan<byte> before = utf8[..(utf8.Length - rest.Length + valid)];
        int line = before.Count((byte)'\n') + 1;
        int column = before.Length - before.LastIndexOf((byte)'\n');
        return new ConfigException("", $"invalid utf-8 at line {line}, column {column}");
    }
}
