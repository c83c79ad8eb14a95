using System.CommandLine;
using System.Text;
using Cctl.Cli;
using Cctl.Streams;
using Runtime.Accounting;
using Runtime.Linux;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>stats</c>: what containers use, as a table that a terminal shows in place, or as JSON.</summary>
internal static class StatsCommand
{
    // Between the two readings of CPU time that the first table needs: long against the scheduler's tick of 1 to 10 ms.
    private const int FirstMilliseconds = 300;

    internal static CctlCommand Create(Globals globals)
    {
        Option<bool> once = Globals.Flag("--no-stream", "print once");
        Option<string?> format = Globals.Text("--format", "table|json", "how to print them (default: table); json is an array a line", "-f");
        Option<string?> interval = Globals.Text("--interval", "DURATION", "time between two looks, such as 500ms, 5s, 1m (default: 1s)");
        var ids = new Argument<string[]>("ID") { Description = "the containers (default: all that run)", Arity = ArgumentArity.ZeroOrMore };
        var command = new CctlCommand("stats", "show what containers use: CPU, memory, I/O, tasks and pressure", "cctl stats\ncctl stats --no-stream web db\ncctl stats --no-stream --format json");
        command.Options.Add(once);
        command.Options.Add(format);
        command.Options.Add(interval);
        command.Arguments.Add(ids);
        command.SetAction(parsed =>
        {
            bool json = Globals.OneOf("--format", parsed.GetValue(format), "table", "table", "json") == "json";
            int wait = (int)Math.Min(Arguments.Duration("--interval", parsed.GetValue(interval) ?? "1s").TotalMilliseconds, int.MaxValue);
            string[] named = parsed.GetValue(ids) ?? [];
            using StateStore store = globals.OpenStore();
            var sampler = new UsageSampler(store, named);
            Sys.Poll([], FirstMilliseconds);
            if (parsed.GetValue(once))
            {
                List<ContainerUsage> rows = sampler.Look();
                Output.Write(json ? StatsDocument.Line(rows) : Encoding.UTF8.GetBytes(StatsTable.Text(rows, Output.TerminalWidth())));
                return 0;
            }

            Follow(sampler, json, wait, untilNone: named.Length > 0);
            return 0;
        });
        return command;
    }

    // Until the reader goes away, or the last of those that were named has ended.
    private static void Follow(UsageSampler sampler, bool json, int wait, bool untilNone)
    {
        var screen = new InPlaceScreen();
        while (true)
        {
            List<ContainerUsage> rows = sampler.Look();
            if (untilNone && rows.Count == 0)
            {
                return;
            }

            if (json)
            {
                Output.Write(StatsDocument.Line(rows));
            }
            else
            {
                screen.Show(StatsTable.Text(rows, Output.TerminalWidth()));
            }

            Sys.Poll([], wait);
        }
    }
}
