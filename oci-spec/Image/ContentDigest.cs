using System.Buffers;

namespace OciSpec.Image;

/// <summary>A digest of content, <c>ALGORITHM:HEX</c> (image-spec descriptor.md, digests). Only the registered algorithms are known.</summary>
public readonly record struct ContentDigest
{
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789abcdef");

    private ContentDigest(string text) => Text = text;

    /// <summary>The digest as it is written.</summary>
    public string Text { get; }

    /// <summary><c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm => Text[..6];

    /// <summary>The digest's hexadecimal digits, in lower case.</summary>
    public string Hex => Text[7..];

    /// <summary>The first twelve digits, as tables show them.</summary>
    public string Short => Text.Substring(7, 12);

    /// <summary>Makes one of its text.</summary>
    /// <exception cref="FormatException">It is not a digest.</exception>
    public static ContentDigest Parse(string text) => Problem(text) is { } problem ? throw new FormatException(problem) : new ContentDigest(text);

    /// <summary>Makes one of a hash.</summary>
    /// <param name="hash">32 bytes of SHA-256, or 64 of SHA-512.</param>
    public static ContentDigest Of(ReadOnlySpan<byte> hash) =>
        new((hash.Length == 64 ? "sha512:" : "sha256:") + Convert.ToHexStringLower(hash));

    /// <summary>What is wrong with a text as a digest; null where nothing is.</summary>
    public static string? Problem(string text)
    {
        int digits = text.StartsWith("sha256:", StringComparison.Ordinal) ? 64 : text.StartsWith("sha512:", StringComparison.Ordinal) ? 128 : 0;
        return digits == 0 ? "it begins with sha256: or sha512:"
            : text.Length - 7 != digits ? $"it has {text.Length - 7} digits, not {digits}"
            : text.AsSpan(7).ContainsAnyExcept(s_digits) ? "its digits are 0 to 9 and a to f"
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
