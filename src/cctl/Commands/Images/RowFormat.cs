using System.Text;
using Cctl.Cli;
using Cctl.Streams;
using OciSpec;
using Runtime.Images;

namespace Cctl.Commands.Images;

/// <summary>
/// Prints rows as <c>--format</c> says: <c>table</c>, <c>json</c> (an object a line), a template such as <c>{{.ID}} {{.Size}}</c>, or
/// <c>table TEMPLATE</c>. Of Go's templates it knows fields and <c>{{json .}}</c>; <c>\t</c> and <c>\n</c> are tab and line feed.
/// </summary>
internal static class RowFormat
{
    private const string Table = "table";
    private const int Gap = 3;

    /// <summary>Prints them.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="format">What the person said; null: a table.</param>
    /// <param name="columns">Names of the table's columns.</param>
    /// <param name="kind">Whose ids they are.</param>
    /// <exception cref="ImageException">The format is not one that is known.</exception>
    internal static void Print(List<Row> rows, string? format, string[] columns, string kind = "IMAGE")
    {
        if (format is null or Table)
        {
            PrintTable([.. columns.Select(c => "{{." + c + "}}")], rows, kind);
        }
        else if (format.StartsWith(Table + " ", StringComparison.Ordinal))
        {
            PrintTable(Unescape(format[(Table.Length + 1)..]).Split('\t'), rows, kind);
        }
        else if (format == "json")
        {
            Output.Write(string.Concat(rows.Select(r => Json(r) + "\n")));
        }
        else
        {
            string template = Unescape(format);
            Output.Write(string.Concat(rows.Select(r => Fill(template, r) + "\n")));
        }
    }

    private static void PrintTable(string[] templates, List<Row> rows, string kind)
    {
        var lines = new List<string[]> { templates.Select(t => Heading(t, kind)).ToArray() };
        lines.AddRange(rows.Select(r => templates.Select(t => Fill(t, r)).ToArray()));
        var text = new StringBuilder();
        foreach (string[] line in lines)
        {
            for (int i = 0; i < line.Length; i++)
            {
                int width = lines.Max(l => l[i].Length);
                text.Append(i == line.Length - 1 ? line[i] : line[i].PadRight(width + Gap));
            }

            text.Append('\n');
        }

        Output.Write(text.ToString());
    }

    // Where there are no rows, headings are the names themselves.
    private static string Heading(string template, string kind) => Template.Fill(template, name => TableHeadings.Of(name, kind));

    private static string Fill(string template, Row row) => Template.Fill(template, name =>
        name.Length == 0 ? Json(row)
        : row.Find(name) ?? throw new ImageException($"--format: no field .{name}: there are {string.Join(", ", row.Cells.Select(c => "." + c.Name))}"));

    private static string Json(Row row)
    {
        var writer = new JsonWriter(indented: false);
        writer.WriteStartObject();
        foreach ((string name, string value) in row.Cells)
        {
            writer.WritePropertyName(name);
            writer.WriteStringValue(value);
        }

        writer.WriteEndObject();
        return Encoding.UTF8.GetString(writer.Written);
    }

    private static string Unescape(string text) => text.Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal);
}
