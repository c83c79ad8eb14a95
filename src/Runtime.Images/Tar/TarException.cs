using Runtime.Linux;

namespace Runtime.Images.Tar;

/// <summary>An archive is damaged, or asks for what is not allowed; the message names the entry, one line, lower case, no full stop.</summary>
/// <param name="entry">The entry's name; empty for the archive.</param>
/// <param name="detail">What is wrong.</param>
public sealed class TarException(string entry, string detail)
    : ReportedException(entry.Length == 0 ? detail : $"entry \"{Printable(entry)}\": {detail}")
{
    private const int LongestShown = 200;

    /// <summary>What is wrong, without the entry.</summary>
    public string Detail => detail;

    /// <summary>A name of the archive's, as a message shows it.</summary>
    internal static string Printable(string text) => SafeText.Of(text.Length > LongestShown ? string.Concat(text.AsSpan(0, LongestShown), "…") : text);
}
