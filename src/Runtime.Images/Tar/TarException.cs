using Runtime.Linux;

namespace Runtime.Images.Tar;

/// <summary>An archive is damaged, or asks for what is not allowed; the message names the entry, one line, lower case, no full stop.</summary>
/// <param name="entry">The entry's name; empty for the archive.</param>
/// <param name="detail">What is wrong.</param>
public sealed class TarException(string entry, string detail)
    : ReportedException(entry.Length == 0 ? detail : $"entry \"{Printable(entry)}\": {detail}")
{
    /// <summary>What is wrong, without the entry.</summary>
    public string Detail => detail;

    internal static string Printable(string text)
    {
        string shown = text.Length > 200 ? string.Concat(text.AsSpan(0, 200), "…") : text;
        return string.Create(shown.Length, shown, static (target, source) =>
        {
            for (int i = 0; i < source.Length; i++)
            {
                target[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? '?' : source[i];
            }
        });
    }
}
