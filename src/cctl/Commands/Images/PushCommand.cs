using System.CommandLine;
using Cctl.Cli;

namespace Cctl.Commands.Images;

/// <summary><c>push</c>: an image to a registry.</summary>
internal static class PushCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Argument<string> image = ImageArguments.Image();
        var target = new Argument<string?>("NAME") { Description = "where to push it (default: the image's own name); or oci:DIR[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME]", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> quiet = Globals.Flag("--quiet", "print the manifest's digest only", "-q");
        Option<bool> insecure = ImageArguments.Insecure();
        var command = new CctlCommand("push", "send an image to a registry, a file or a directory", "cctl push registry.example.com/app:1\ncctl push app registry.example.com/app:1\ncctl push app oci:layout:v1");
        command.Arguments.Add(image);
        command.Arguments.Add(target);
        foreach (Option option in (Option[])[quiet, insecure])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            ImagesHelper helper = new ImagesHelper("push", ImageArguments.PathOf(globals.Store)).Flag("quiet", parsed.GetValue(quiet)).Flag("insecure", parsed.GetValue(insecure));
            return parsed.GetValue(target) is { } name ? helper.Become(parsed.GetValue(image)!, name) : helper.Become(parsed.GetValue(image)!);
        });
        return command;
    }
}
