using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Cctl.Cli;
using Runtime;
using Runtime.Lifecycle;
using Runtime.State;
using Spectre.Console;

namespace Cctl.Commands;

/// <summary><c>list</c>: all containers under the state root.</summary>
internal static class ListCommand
{
    private static readonly string[] Columns = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];

    internal static CctlCommand Create(Globals globals)
    {
        Option<string?> format = Globals.Text("--format", "table|json", "how to print them (default: table)", "-f");
        Option<bool> quiet = Globals.Flag("--quiet", "print the ids only", "-q");
        var command = new CctlCommand("list", "list the containers", "cctl list\ncctl list --format json");
        command.Aliases.Add("ls");
        command.Options.Add(format);
        command.Options.Add(quiet);
        command.SetAction(parsed =>
        {
            bool json = Globals.OneOf("--format", parsed.GetValue(format), "table", "table", "json") == "json";
            using StateStore store = globals.OpenStore();
            if (parsed.GetValue(quiet))
            {
                Output.Write(string.Concat(store.Ids().Select(id => id + "\n")));
            }
            else if (json)
            {
                Output.Write(StateJson.Many(ContainerView.All(store)));
            }
            else
            {
                Print(ContainerView.All(store).ConvertAll(Row));
            }

            return 0;
        });
        return command;
    }

    private static string[] Row(ContainerView view) =>
    [
        view.Id,
        view.Pid.ToString(CultureInfo.InvariantCulture),
        view.Status.Name(),
        SafeText.Of(view.Record?.Bundle ?? string.Empty),
        SafeText.Of(view.Record?.Created ?? string.Empty),
        view.Record is null ? string.Empty : UserNames.Of(view.Record.OwnerUid),
    ];

    private static void Print(List<string[]> rows)
    {
        if (Output.IsTerminal)
        {
            PrintForPeople(rows);
        }
        else
        {
            PrintForPrograms(rows);
        }
    }

    /// <summary>The columns as runc prints them: at least 12 wide, three spaces between.</summary>
    private static void PrintForPrograms(List<string[]> rows)
    {
        rows.Insert(0, Columns);
        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            for (int column = 0; column < row.Length; column++)
            {
                int width = Math.Max(9, rows.Max(r => r[column].Length)) + 3;
                text.Append(column == row.Length - 1 ? row[column] : row[column].PadRight(width));
            }

            text.Append('\n');
        }

        Output.Write(text.ToString());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PrintForPeople(List<string[]> rows)
    {
        var table = new Table().Border(TableBorder.Simple).Expand();
        foreach (string column in Columns)
        {
            table.AddColumn(new TableColumn(column) { NoWrap = column is "PID" or "STATUS" });
        }

        foreach (string[] row in rows)
        {
            string colour = row[2] switch { "running" => "green", "paused" => "yellow", "stopped" => "grey", _ => "blue" };
            table.AddRow(row.Select((cell, i) => i == 2 ? $"[{colour}]{cell}[/]" : Markup.Escape(cell)).ToArray());
        }

        using var writer = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.Standard,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = Output.TerminalWidth();
        console.Write(table);
        Output.Write(writer.ToString());
    }
}
