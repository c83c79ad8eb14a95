using System.CommandLine;
using Cctl.Cli;
using Cctl.Streams;
using Runtime.Images.Store;
using Runtime.Namespaces.Launch;

namespace Cctl.Commands.Images;

/// <summary><c>rmi</c>: remove images.</summary>
internal static class RmiCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Argument<string[]> images = ImageArguments.Images();
        Option<bool> force = Globals.Flag("--force", "all names of an image that is named by its id; and no error where there is none", "-f");
        var command = new CctlCommand("rmi", "remove images, and what only they used", "cctl rmi alpine\ncctl rmi $(cctl images -q)");
        command.Arguments.Add(images);
        command.Options.Add(force);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(force) && ImageStore.TryOpen(ImageArguments.PathOf(globals.Store)) is null)
            {
                return 0;
            }

            if (OwnUserNamespace.IsNeeded)
            {
                return OwnUserNamespace.RunSelf(["rmi", "--store", ImageArguments.PathOf(globals.Store), .. parsed.GetValue(force) ? (string[])["--force"] : [], .. parsed.GetValue(images)!]);
            }

            using ImageStore opened = ImageArguments.Open(globals.Store);
            var removal = new ImageRemoval(opened);
            return Arguments.ForEach(parsed.GetValue(images)!, image =>
            {
                if (!parsed.GetValue(force) || new ImageLookup(opened).TryGet(image, out _) is not null)
                {
                    Output.Write(string.Concat(removal.Remove(image, parsed.GetValue(force)).Select(line => line + "\n")));
                }
            });
        });
        return command;
    }
}
