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
        Argument<string[]> ids = Arguments.Ids();
        Option<bool> force = Globals.Flag("--force", "kill what still runs; an unknown id is no error", "-f");
        var command = new CctlCommand("delete", "remove stopped containers and all that belongs to them", "cctl delete web\ncctl delete --force web db");
        command.Arguments.Add(ids);
        command.Options.Add(force);
        command.SetAction(parsed =>
        {
            using StateStore store = globals.OpenStore();
            bool kills = parsed.GetValue(force);
            return Arguments.ForEach(parsed.GetValue(ids), id => ContainerDeleter.Delete(store, id, kills, new RuntimeHooks()));
        });
        return command;
    }
}
