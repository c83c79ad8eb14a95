using System.CommandLine;
using Cctl.Cli;
using Cctl.Streams;
using Runtime.Lifecycle;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>state</c>: a container's state as JSON.</summary>
internal static class StateCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Argument<string> id = Arguments.Id();
        var command = new CctlCommand("state", "print a container's state as JSON", "cctl state web");
        command.Arguments.Add(id);
        command.SetAction(parsed =>
        {
            using StateStore store = globals.OpenStore();
            Output.Write(StateJson.One(ContainerView.Of(store, parsed.GetValue(id)!)));
            return 0;
        });
        return command;
    }
}
