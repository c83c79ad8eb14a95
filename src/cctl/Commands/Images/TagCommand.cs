using System.CommandLine;
using Cctl.Cli;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.References;
using Runtime.Images.Store;

namespace Cctl.Commands.Images;

/// <summary><c>tag</c>: a further name for an image.</summary>
internal static class TagCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Argument<string> image = ImageArguments.Image();
        Argument<string[]> names = new("NAME") { Description = "its new names", Arity = ArgumentArity.OneOrMore };
        var command = new CctlCommand("tag", "give an image further names", "cctl tag alpine registry.example.com/base:1");
        command.Arguments.Add(image);
        command.Arguments.Add(names);
        command.SetAction(parsed =>
        {
            using ImageStore opened = ImageArguments.Open(globals.Store);
            StoredImage found = new ImageLookup(opened).Get(parsed.GetValue(image)!, out ImageReference? old);
            ContentDigest index = (old is null ? null : opened.References.Find(old))?.Index ?? found.Digest;
            List<ImageReference> all = [.. parsed.GetValue(names)!.Select(ImageReference.Parse)];
            foreach (ImageReference name in all)
            {
                if (name.Digest is not null)
                {
                    throw new ImageException($"{name.Familiar}: a new name has no digest");
                }

                if (!opened.Images.TryName(new StoredReference(name, found.Digest, index)))
                {
                    throw new ImageException($"{parsed.GetValue(image)}: it was removed meanwhile");
                }
            }

            return 0;
        });
        return command;
    }
}
