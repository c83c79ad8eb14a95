using Runtime.Linux;

namespace Runtime.Images;

/// <summary>An archive asks for what cannot or must not be done; the message names the entry.</summary>
public sealed class ArchiveException : ReportedException
{
    /// <summary>An error at an entry.</summary>
    /// <param name="entry">The entry's name as the archive spells it; empty: the archive as a whole.</param>
    /// <param name="detail">What is wrong, one line, lower case, no full stop.</param>
    public ArchiveException(string entry, string detail)
        : base(entry.Length == 0 ? $"the archive: {detail}" : $"archive entry \"{Printable(entry)}\": {detail}")
    {
    }

    private static string Printable(string text) =>
        string.Create(text.Length, text, static (target, source) =>
        {
            for (int i = 0; i < source.Length; i++)
            {
                target[i] = char.IsControl(source[i]) ? '?' : source[i];
            }
        });
}
