using System.CommandLine;
using Cctl.Cli;
using Runtime;
using Runtime.Lifecycle;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>stop</c>: end containers, with force where they do not end by themselves.</summary>
internal static class StopCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        const int DefaultSeconds = 10;
        Argument<string[]> ids = Arguments.Ids();
        Option<string?> time = Globals.Text("--time", "SECONDS", "how long to wait before SIGKILL; -1: for ever (default: 10)", "-t", "--timeout");
        Option<string?> signal = Globals.Text("--signal", "SIGNAL", "the signal to send (default: the image's, else SIGTERM)", "-s");
        var command = new CctlCommand("stop", "end containers: by a signal, and by SIGKILL when they are not gone in time", "cctl stop web\ncctl stop --time 30 web db");
        command.Arguments.Add(ids);
        command.Options.Add(time);
        command.Options.Add(signal);
        command.SetAction(parsed =>
        {
            int seconds = parsed.GetValue(time) switch
            {
                null => DefaultSeconds,
                "-1" => -1,
                var text => Arguments.Count("--time", text),
            };
            int? number = parsed.GetValue(signal) is { } name ? SignalNames.Parse(name) : null;
            using StateStore store = globals.OpenStore();
            return Arguments.ForEach(parsed.GetValue(ids), id => ContainerStopper.Stop(store, id, number, seconds < 0 ? null : TimeSpan.FromSeconds(seconds)));
        });
        return command;
    }
}
