using System.Buffers;
using System.Globalization;
using System.Text;

namespace Runtime.Linux;

/// <summary>
/// Text for terminals and logs. Names of files, arguments and configurations are anybody's: a control character in one of
/// them would be the terminal's to obey, and a change of the writing direction would show another text than there is.
/// </summary>
public static class SafeText
{
    /// <summary>The text with whatever a terminal would not print as a sign written as <c>\x1b</c> or <c>\u202e</c>.</summary>
    public static string Of(string text)
    {
        // Most have nothing but ASCII: they stay the object that they are.
        return text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? Escape(text) : text;
    }

    private static string Escape(string text)
    {
        var safe = new StringBuilder(text.Length + 16);
        for (ReadOnlySpan<char> rest = text; !rest.IsEmpty;)
        {
            OperationStatus status = Rune.DecodeFromUtf16(rest, out Rune rune, out int length);
            if (status != OperationStatus.Done)
            {
                safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)rest[0]:x4}"); // half of a pair
            }
            else if (!IsHarmful(rune))
            {
                safe.Append(rest[..length]);
            }
            else
            {
                safe.Append(rune.Value < 0x100 ? "\\x" : rune.Value < 0x10000 ? "\\u" : "\\U")
                    .Append(rune.Value.ToString(rune.Value < 0x100 ? "x2" : rune.Value < 0x10000 ? "x4" : "x8", CultureInfo.InvariantCulture));
            }

            rest = rest[length..];
        }

        return safe.ToString();
    }

    // Controls of C0 and C1, and what changes how its neighbours are shown: marks and overrides of direction, invisible signs.
    private static bool IsHarmful(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
