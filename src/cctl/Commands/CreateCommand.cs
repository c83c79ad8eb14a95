using System.CommandLine;
using Cctl.Cli;
using Runtime.Launch;

namespace Cctl.Commands;

/// <summary><c>create</c>: a container whose first process waits for <c>start</c>.</summary>
internal static class CreateCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        var options = new CreationOptions();
        var command = new CctlCommand(
            "create",
            "create a container from a bundle; its process waits until it is started",
            "cctl create --bundle /var/lib/demo web\ncctl start web");
        Argument<string> id = Arguments.Id();
        options.AddTo(command);
        command.Arguments.Add(id);
        command.SetAction(parsed =>
        {
            string name = parsed.GetValue(id)!;
            if (!options.NamesBundle(parsed) && File.Exists(name + "/config.json") && !File.Exists("config.json"))
            {
                throw new UsageException($"{name} is a bundle: cctl create --bundle {name} ID");
            }

            ContainerCreator.Create(options.Read(parsed, globals, name));
            return 0;
        });
        return command;
    }
}
