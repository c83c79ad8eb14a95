using System.Text;

namespace Cctl.Cli;

/// <summary>Writes the few macros of man(7) that the manual needs. Text is escaped: nothing in it becomes a request or a font change.</summary>
internal sealed class RoffWriter
{
    private readonly StringBuilder _text = new();

    /// <summary>The page so far.</summary>
    public override string ToString() => _text.ToString();

    /// <summary>The title line; its date stays empty, so that the same source makes the same page.</summary>
    internal RoffWriter Title(string name, string source) =>
        Line($".TH {Escape(name.ToUpperInvariant())} 1 \"\" \"{Escape(source)}\" \"cctl manual\"");

    /// <summary>A section's heading.</summary>
    internal RoffWriter Section(string name) => Line($".SH {Escape(name)}");

    /// <summary>Paragraphs, one a line of <paramref name="text"/>.</summary>
    internal RoffWriter Paragraphs(string text)
    {
        foreach (string paragraph in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Line(".PP").Line(Escape(paragraph));
        }

        return this;
    }

    /// <summary>An entry: what is explained, already marked up, and its text.</summary>
    internal RoffWriter Entry(string markup, string text) => Line(".TP").Line(markup).Line(Escape(Sentence(text)));

    /// <summary>Lines as they are typed.</summary>
    internal RoffWriter Code(string text)
    {
        Line(".PP").Line(".nf").Line(".RS 4");
        foreach (string line in text.Split('\n'))
        {
            Line(Escape(line));
        }

        return Line(".RE").Line(".fi");
    }

    /// <summary>A line of markup.</summary>
    internal RoffWriter Line(string markup)
    {
        _text.Append(markup).Append('\n');
        return this;
    }

    /// <summary>Bold text.</summary>
    internal static string Bold(string text) => $"\\fB{Escape(text)}\\fR";

    /// <summary>Text that stands for a value.</summary>
    internal static string Value(string text) => $"\\fI{Escape(text)}\\fR";

    /// <summary>A sentence as a manual has it: descriptions are written without capital and full stop.</summary>
    internal static string Sentence(string text) =>
        text.Length == 0 || text.EndsWith('.') ? text : char.ToUpperInvariant(text[0]) + text[1..] + ".";

    /// <summary>Text that troff prints as it stands; see groff_char(7) for the characters that it would change.</summary>
    internal static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        if (text.Length > 0 && text[0] is '.' or '\'')
        {
            escaped.Append("\\&");
        }

        foreach (char c in text)
        {
            escaped.Append(c switch
            {
                '\\' => "\\e",
                '-' => "\\-",
                '\'' => "\\(aq",
                '`' => "\\(ga",
                '^' => "\\(ha",
                '~' => "\\(ti",
                '"' => "\\(dq",
                _ => c.ToString(),
            });
        }

        return escaped.ToString();
    }
}
