using System.CommandLine;
using Cctl.Cli;
using Cctl.Streams;
using Runtime.Accounting;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>events</c>: statistics and out-of-memory kills of a container, a line of JSON each.</summary>
internal static class EventsCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Option<bool> once = Globals.Flag("--stats", "print the statistics once");
        Option<string?> interval = Globals.Text("--interval", "DURATION", "time between statistics, such as 500ms, 5s, 1m (default: 5s)");
        Argument<string> id = Arguments.Id();
        var command = new CctlCommand("events", "print statistics and out-of-memory kills of a container as they happen", "cctl events --stats web\ncctl events --interval 1s web");
        command.Options.Add(once);
        command.Options.Add(interval);
        command.Arguments.Add(id);
        command.SetAction(parsed =>
        {
            TimeSpan period = Arguments.Duration("--interval", parsed.GetValue(interval) ?? "5s");
            using StateStore store = globals.OpenStore();
            using ContainerEvents events = ContainerEvents.Open(store, parsed.GetValue(id)!);
            if (parsed.GetValue(once))
            {
                Output.Write(events.Stats());
            }
            else
            {
                events.Follow(period, Output.Write);
            }

            return 0;
        });
        return command;
    }
}
