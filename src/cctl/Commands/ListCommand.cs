using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Cctl.Cli;
using Cctl.Streams;
using Runtime;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>list</c>: all containers under the state root.</summary>
internal static class ListCommand
{
    private static readonly string[] Columns = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];

    private static readonly FittedColumn[] s_fitted =
        [new("ID", Least: 8), new("PID", Leaves: 3), new("STATUS"), new("BUNDLE", Least: 10, Leaves: 4, CutsFront: true), new("AGE", Leaves: 2), new("OWNER", Leaves: 1)];

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
                Print(ContainerView.All(store));
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

    private static void Print(List<ContainerView> views)
    {
        if (Output.IsTerminal)
        {
            PrintForPeople(views);
        }
        else
        {
            PrintForPrograms(views.ConvertAll(Row));
        }
    }

    /// <summary>How long ago that was, in the largest unit that fits: <c>5s</c>, <c>3m</c>, <c>2h</c>, <c>4d</c>; empty for what is no time.</summary>
    internal static string Age(string? created, DateTimeOffset now)
    {
        if (!DateTimeOffset.TryParse(created, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset then))
        {
            return string.Empty;
        }

        long seconds = Math.Max(0, (long)(now - then).TotalSeconds);
        return seconds switch
        {
            < 60 => $"{seconds}s",
            < 3600 => $"{seconds / 60}m",
            < 86400 => $"{seconds / 3600}h",
            _ => $"{seconds / 86400}d",
        };
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
    private static void PrintForPeople(List<ContainerView> views)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        List<string[]> cells = views.ConvertAll(view =>
        {
            string[] row = Row(view);
            row[4] = Age(view.Record?.Created, now);
            return row;
        });
        (List<string[]> rows, int[] kept, int[] widths) = FittedColumns.Fit(s_fitted, cells, Output.TerminalWidth());
        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            for (int i = 0; i < row.Length; i++)
            {
                bool last = i == row.Length - 1;
                string cell = last ? row[i] : row[i].PadRight(widths[i] + FittedColumns.Gap);
                text.Append(kept[i] == 2 && row != rows[0] ? $"\e[{Colour(row[i])}m{cell}\e[0m" : cell).Append(last ? "\n" : string.Empty);
            }
        }

        Output.Write(text.ToString());
    }

    // console_codes(4): green, yellow, grey, blue.
    private static string Colour(string status) => status switch { "running" => "32", "paused" => "33", "stopped" => "90", _ => "34" };
}
