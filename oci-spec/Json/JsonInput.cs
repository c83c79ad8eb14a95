using System.Text.Json;
using System.Text.Unicode;

namespace OciSpec;

/// <summary>Reads a document of type <typeparamref name="T"/> from the value that the input stands on; null for JSON null.</summary>
public delegate T? DocumentReader<out T>(ref JsonInput input)
    where T : class;

/// <summary>
/// A document being read: what the generated readers share. Unknown properties are skipped; a known one that stands
/// twice, a value of a wrong type, a number out of range, a NUL character, invalid UTF-8 and deep nesting are errors.
/// </summary>
public ref partial struct JsonInput
{
    /// <summary>Levels of nesting that are read; a config needs 7.</summary>
    public const int MaxDepth = 64;

    /// <summary>Largest document read, bytes. A seccomp profile of every call is below 100 kB.</summary>
    public const int MaxBytes = 16 << 20;

    // Each costs a search: a document of millions of unknown properties is not to be a way to keep anybody busy.
    private const int MostUnknown = 32;

    private readonly ReadOnlySpan<byte> _utf8;
    private Utf8JsonReader _reader;
    private int _unknown;
    private List<ConfigProblem>? _misspelt;

    private JsonInput(ReadOnlySpan<byte> utf8)
    {
        _utf8 = utf8;
        _reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <summary>Reads a whole document, which must be one JSON object.</summary>
    /// <typeparam name="T">Class of the document.</typeparam>
    /// <param name="utf8">The file's content.</param>
    /// <param name="read">The generated reader, <c>JsonDocuments.Read…</c>.</param>
    /// <exception cref="ConfigException">The content is malformed or a value does not fit its property.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> utf8, DocumentReader<T> read)
        where T : class => Parse(utf8, read, out _);

    /// <summary>As above, and tells which unknown properties are known ones misspelt.</summary>
    /// <typeparam name="T">Class of the document.</typeparam>
    /// <param name="utf8">The file's content.</param>
    /// <param name="read">The generated reader, <c>JsonDocuments.Read…</c>.</param>
    /// <param name="misspelt">A warning for each.</param>
    /// <exception cref="ConfigException">The content is malformed or a value does not fit its property.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> utf8, DocumentReader<T> read, out IReadOnlyList<ConfigProblem> misspelt)
        where T : class
    {
        if (utf8.Length > MaxBytes)
        {
            throw new ConfigException("", $"file of {utf8.Length} bytes: at most {MaxBytes} are read");
        }

        if (utf8.Trim(" \t\r\n"u8).IsEmpty)
        {
            throw new ConfigException("", "empty file");
        }

        if (OtherEncoding(utf8) is { } other)
        {
            throw other;
        }

        if (!Utf8.IsValid(utf8))
        {
            throw InvalidUtf8(utf8);
        }

        var input = new JsonInput(utf8);
        try
        {
            input._reader.Read();
            T value = read(ref input) ?? throw input.WrongType("object");
            input._reader.Read(); // throws when something follows
            misspelt = input._misspelt ?? (IReadOnlyList<ConfigProblem>)[];
            return value;
        }
        catch (JsonException e)
        {
            throw input.Malformed(e);
        }
        catch (InvalidOperationException)
        {
            throw input.Error("half of a surrogate pair: not a character");
        }
    }

    /// <summary>Enters the object that the input stands on; false for JSON null.</summary>
    public readonly bool BeginObject() => Begin(JsonTokenType.StartObject, "object");

    /// <summary>Enters the array that the input stands on; false for JSON null.</summary>
    public readonly bool BeginArray() => Begin(JsonTokenType.StartArray, "array");

    /// <summary>Moves to the next property's name; false at the object's end.</summary>
    public bool NextName()
    {
        _reader.Read();
        return _reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Moves to the next element; false at the array's end.</summary>
    public bool NextElement()
    {
        _reader.Read();
        return _reader.TokenType != JsonTokenType.EndArray;
    }

    /// <summary>Whether the property is the named one; if so moves to its value, which must not have been seen before.</summary>
    public bool Is(ReadOnlySpan<byte> name, ref ulong seen, ulong bit)
    {
        if (!_reader.ValueTextEquals(name))
        {
            return false;
        }

        if ((seen & bit) != 0)
        {
            throw Duplicate();
        }

        seen |= bit;
        _reader.Read();
        return true;
    }

    /// <summary>The property's name, as a map's key.</summary>
    public readonly string ReadKey() => WithoutNul(_reader.GetString()!);

    /// <summary>Moves from a property's name to its value.</summary>
    public void MoveToValue() => _reader.Read();

    /// <summary>Moves over an unknown property, and notes it where it is nearly a known one.</summary>
    /// <param name="document">Class of the document that it stands in.</param>
    public void SkipUnknown(string document)
    {
        if (_unknown++ < MostUnknown)
        {
            NoteMisspelt(document);
        }

        _reader.Skip();
    }

    private readonly bool Begin(JsonTokenType start, string needed)
    {
        if (_reader.TokenType == start)
        {
            return true;
        }

        return _reader.TokenType == JsonTokenType.Null ? false : throw WrongType(needed);
    }
}
