using System.CommandLine;
using Cctl.Cli;
using Runtime.Lifecycle;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>resume</c>, <c>unpause</c>: let a paused container go on.</summary>
internal static class ResumeCommand
{
    internal static CctlCommand Create(Globals globals, string name)
    {
        Argument<string> id = Arguments.Id();
        var command = new CctlCommand(name, "let a paused container go on", $"cctl {name} web");
        command.Arguments.Add(id);
        command.SetAction(parsed =>
        {
            using StateStore store = globals.OpenStore();
            ContainerFreezer.Resume(store, parsed.GetValue(id)!);
            return 0;
        });
        return command;
    }
}
