using System.CommandLine;
using Cctl.Cli;
using Runtime.Hooks;
using Runtime.Lifecycle;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>delete</c>: remove a stopped container, or with --force any.</summary>
internal static class DeleteCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Argument<string> id = Arguments.Id();
        Option<bool> force = Globals.Flag("--force", "kill it where it still runs; an unknown id is no error", "-f");
        var command = new CctlCommand("delete", "remove a stopped container and all that belongs to it", "cctl delete web\ncctl delete --force web");
        command.Arguments.Add(id);
        command.Options.Add(force);
        command.SetAction(parsed =>
        {
            using StateStore store = globals.OpenStore();
            ContainerDeleter.Delete(store, parsed.GetValue(id)!, parsed.GetValue(force), new RuntimeHooks());
            return 0;
        });
        return command;
    }
}
