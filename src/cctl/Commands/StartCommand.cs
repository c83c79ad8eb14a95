using System.CommandLine;
using Cctl.Cli;
using Runtime.Launch;

namespace Cctl.Commands;

/// <summary><c>start</c>: let a created container's process go on.</summary>
internal static class StartCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Argument<string> id = Arguments.Id();
        var command = new CctlCommand("start", "start the process of a created container", "cctl create --bundle /var/lib/demo web\ncctl start web");
        command.Arguments.Add(id);
        command.SetAction(parsed =>
        {
            ContainerStarter.Start(globals.StateRoot, parsed.GetValue(id)!);
            return 0;
        });
        return command;
    }
}
