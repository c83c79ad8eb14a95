using System.CommandLine;
using Cctl.Cli;
using Runtime.Lifecycle;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>pause</c>: stop all processes of a container where they are.</summary>
internal static class PauseCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Argument<string> id = Arguments.Id();
        var command = new CctlCommand("pause", "stop all processes of a container where they are", "cctl pause web");
        command.Arguments.Add(id);
        command.SetAction(parsed =>
        {
            using StateStore store = globals.OpenStore();
            ContainerFreezer.Pause(store, parsed.GetValue(id)!);
            return 0;
        });
        return command;
    }
}
