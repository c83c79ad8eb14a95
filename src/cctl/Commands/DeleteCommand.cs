using System.CommandLine;
using Cctl.Cli;
using Cctl.Commands.Containers;
using Cctl.Commands.Images;
using Runtime.Hooks;
using Runtime.Lifecycle;
using Runtime.Owned;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>delete</c>: remove a stopped container, or with --force any.</summary>
internal static class DeleteCommand
{
    internal static CctlCommand Create(Globals globals, string name)
    {
        Argument<string[]> ids = Arguments.Ids();
        Option<bool> force = Globals.Flag("--force", "kill what still runs; an unknown id is no error", "-f");
        var command = new CctlCommand(name, "remove stopped containers and all that belongs to them", $"cctl {name} web\ncctl {name} --force web db");
        command.Arguments.Add(ids);
        command.Options.Add(force);
        command.SetAction(parsed =>
        {
            using StateStore store = globals.OpenStore();
            bool kills = parsed.GetValue(force);
            return Arguments.ForEach(parsed.GetValue(ids), id =>
            {
                if (!RemoveLost(globals, store, id))
                {
                    ContainerDeleter.Delete(store, id, kills, new RuntimeHooks());
                }
            });
        });
        return command;
    }

    // A container on an image whose state is gone, at a reboot or because its creation was killed: what it has in the store is left.
    private static bool RemoveLost(Globals globals, StateStore store, string word)
    {
        using ContainerDirectory? directory = word.Contains('/') ? null : store.TryOpenNamed(word);
        if (directory is not null || ContainerNames.Find(globals, word) is not { } lost)
        {
            return false;
        }

        OwnedSnapshot.Remove(ImageArguments.PathOf(globals.Store), lost.Id);
        return true;
    }
}
