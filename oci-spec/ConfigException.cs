namespace OciSpec;

/// <summary>A document is malformed, or a value in it is not allowed.</summary>
public sealed class ConfigException : Exception
{
    /// <summary>An error at a place in a document.</summary>
    /// <param name="pointer">JSON pointer (RFC 6901) of the value; empty for the document.</param>
    /// <param name="detail">What is wrong, one line, lower case, no full stop.</param>
    public ConfigException(string pointer, string detail)
        : base(pointer.Length == 0 ? detail : string.Concat(pointer, ": ", detail))
    {
        Pointer = pointer;
        Detail = detail;
    }

    /// <summary>JSON pointer (RFC 6901) of the value at fault; empty for the document itself.</summary>
    public string Pointer { get; }

    /// <summary>The message without the pointer.</summary>
    public string Detail { get; }
}
