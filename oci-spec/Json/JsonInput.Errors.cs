using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace OciSpec;

public ref partial struct JsonInput
{
    /// <summary>The error of a property that stands twice.</summary>
    public readonly ConfigException Duplicate() => Error("stands twice in its object");

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
        return Error($"{found} where {(needed is "object" or "array" ? "an " : "a ")}{needed} belongs");
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
        bool deep = open >= MaxDepth && ByteAt(line, column) is (byte)'{' or (byte)'[';
        return new ConfigException("", string.Concat(
            deep ? $"nested deeper than {MaxDepth} levels" : "malformed json", $" at line {line + 1}, column {column + 1}"));
    }

    private readonly int ByteAt(long line, long column)
    {
        ReadOnlySpan<byte> rest = _utf8;
        for (; line > 0; line--)
        {
            rest = rest[(rest.IndexOf((byte)'\n') + 1)..];
        }

        return column < rest.Length ? rest[(int)column] : -1;
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
