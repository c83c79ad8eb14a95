using System.CommandLine;
using Cctl.Cli;
using Cctl.Commands.Containers;
using Cctl.Commands.Images;
using Runtime.Hooks;
using Runtime.Images.Store;
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
            return Arguments.ForEach(parsed.GetValue(ids), word => Delete(globals, store, word, kills));
        });
        return command;
    }

    // A container on an image that is called by its name may have no state, after a reboot or a creation that was killed, or one that does
    // not know yet what is in the store.
    private static void Delete(Globals globals, StateStore store, string word, bool kills)
    {
        StoredContainer? stored = word.Contains('/') || store.Has(word) ? null : ContainerNames.Find(globals, word);
        if (stored is null || store.Has(stored.Id))
        {
            ContainerDeleter.Delete(store, stored?.Id ?? word, kills, new RuntimeHooks());
        }

        if (stored is not null && ContainerNames.Find(globals, stored.Id) is not null)
        {
            OwnedSnapshot.Remove(ImageArguments.PathOf(globals.Store), stored.Id);
        }
    }
}
