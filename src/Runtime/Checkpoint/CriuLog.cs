using System.Text;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>Finds in criu's log what went wrong: the line that a person would look for.</summary>
internal static class CriuLog
{
    private const int LongestLine = 300;
    private const int LongestLog = 256 << 20;

    /// <summary>The first error of the log, without time and place in criu's source; null where there is none.</summary>
    public static string? FirstError(int directory, string name) =>
        FileText.TryRead(directory, name, out byte[] log, LongestLog) == Errno.OK ? FirstError(Encoding.UTF8.GetString(log)) : null;

    /// <summary>As above, of a log's text. Lines look like <c>(00.123456)     12: Error (criu/file.c:123): what happened</c>.</summary>
    internal static string? FirstError(string log)
    {
        int at = log.IndexOf("Error (", StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        int end = log.IndexOf('\n', at);
        string line = end < 0 ? log[at..] : log[at..end];
        int text = line.IndexOf("): ", StringComparison.Ordinal);
        return Printable(text < 0 ? line : line[(text + 3)..]);
    }

    // SECURITY: names of the images, which may be anybody's, stand in the log.
    private static string Printable(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (char c in text.Length > LongestLine ? text[..LongestLine] : text)
        {
            line.Append(char.IsControl(c) ? '?' : c);
        }

        return line.ToString().Trim();
    }
}
