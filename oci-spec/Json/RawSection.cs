namespace OciSpec;

/// <summary>A JSON value that is kept as it stands in the file and not looked into.</summary>
/// <param name="utf8">The value's text, UTF-8.</param>
public sealed class RawSection(byte[] utf8)
{
    /// <summary>The value's text as it stood in the file, UTF-8, without surrounding white space.</summary>
    public ReadOnlySpan<byte> Utf8 => utf8;
}
