using System.Text;
using Runtime.Images;

namespace Cctl.Commands.Images;

/// <summary>A small part of Go's templates: <c>{{.Name}}</c> and <c>{{json .Name}}</c>, where a name may be a path, or empty for the whole.</summary>
internal static class Template
{
    /// <summary>Fills in a template.</summary>
    /// <param name="template">The template.</param>
    /// <param name="value">A name's text; it gets the name without its first dot.</param>
    /// <exception cref="ImageException">It has an action that is not known.</exception>
    internal static string Fill(string template, Func<string, string> value) => Fill(template, (name, _) => value(name));

    /// <summary>As above, and tells whether the text is to be JSON.</summary>
    internal static string Fill(string template, Func<string, bool, string> value)
    {
        var text = new StringBuilder();
        int at = 0;
        while (template.IndexOf("{{", at, StringComparison.Ordinal) is int open and >= 0)
        {
            int close = template.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0)
            {
                throw new ImageException($"--format: {{{{ without }}}} in \"{template}\"");
            }

            text.Append(template, at, open - at);
            string action = template[(open + 2)..close].Trim(' ', '-');
            bool json = action.StartsWith("json ", StringComparison.Ordinal);
            string name = json ? action[5..].Trim() : action;
            if (!name.StartsWith('.') || name.Contains(' ', StringComparison.Ordinal) || name.Contains('|', StringComparison.Ordinal))
            {
                throw new ImageException($"--format: {{{{{action}}}}} is not known: of Go's templates cctl knows {{{{.Field}}}}, {{{{.Field.Of.It}}}} and {{{{json .Field}}}}");
            }

            text.Append(value(name[1..], json || name.Length == 1));
            at = close + 2;
        }

        return text.Append(template, at, template.Length - at).ToString();
    }
}
