using System.Text;

namespace Cctl.Streams;

/// <summary>Shows a text again and again in the same place of a terminal; elsewhere one below the other.</summary>
internal sealed class InPlaceScreen
{
    private int _shown;

    /// <summary>Replaces what was shown before. Lines that are too long or too many for the terminal are cut off.</summary>
    internal void Show(string text)
    {
        (int columns, int rows) = Output.TerminalSize();
        Output.Write(columns == 0 ? text : Frame(text, columns, rows));
    }

    /// <summary>The text with the control sequences (console_codes(4)) that put it over the one before.</summary>
    internal string Frame(string text, int columns, int rows)
    {
        const string ClearLine = "\e[K", ClearBelow = "\e[J";
        var frame = new StringBuilder();
        if (_shown > 0)
        {
            frame.Append("\e[").Append(_shown).Append("A\r");
        }

        string[] lines = text.TrimEnd('\n').Split('\n');
        // The cursor stays in the line below, so one is not for the text.
        _shown = Math.Min(lines.Length, Math.Max(1, rows - 1));
        foreach (string line in lines.AsSpan(0, _shown))
        {
            frame.Append(line.Length > columns ? line.AsSpan(0, columns) : line).Append(ClearLine).Append('\n');
        }

        return frame.Append(ClearBelow).ToString();
    }
}
