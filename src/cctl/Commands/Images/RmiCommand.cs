using System.CommandLine;
using Cctl.Cli;
using Cctl.Streams;
using Runtime.Images.Store;

namespace Cctl.Commands.Images;

/// <summary><c>rmi</c>: remove images.</summary>
internal static class RmiCommand
{
    internal static CctlCommand Create()
    {
        Argument<string[]> images = ImageArguments.Images();
        Option<bool> force = Globals.Flag("--force", "all names of an image that is named by its id; and no error where there is none", "-f");
        Option<string?> store = ImageArguments.Store();
        var command = new CctlCommand("rmi", "remove images, and what only they used", "cctl rmi alpine\ncctl rmi $(cctl images -q)");
        command.Arguments.Add(images);
        command.Options.Add(force);
        command.Options.Add(store);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(force) && ImageStore.TryOpen(ImageArguments.PathOf(parsed.GetValue(store))) is null)
            {
                return 0;
            }

            if (OwnUserNamespace.IsNeeded)
            {
                return OwnUserNamespace.RunSelf(["rmi", "--store", ImageArguments.PathOf(parsed.GetValue(store)), .. parsed.GetValue(force) ? (string[])["--force"] : [], .. parsed.GetValue(images)!]);
            }

            using ImageStore opened = ImageArguments.Open(parsed.GetValue(store));
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
