using System.CommandLine;
using Cctl.Cli;

namespace Cctl.Commands.Images;

/// <summary><c>pull</c>: fetch images.</summary>
internal static class PullCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Argument<string[]> images = new("IMAGE") { Description = "names of images; or oci:DIR[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME], tar:FILE, dir:DIR", Arity = ArgumentArity.OneOrMore };
        Option<bool> quiet = Globals.Flag("--quiet", "print the image's id only", "-q");
        Option<bool> allTags = Globals.Flag("--all-tags", "fetch every tag of the repository", "-a");
        Option<bool> insecure = ImageArguments.Insecure();
        Option<string?> platform = Globals.Text("--platform", "PLATFORM", "as linux/arm64 (default: this machine's)");
        var command = new CctlCommand("pull", "fetch images from a registry, a file or a directory", "cctl pull alpine\ncctl pull --platform linux/arm64 registry.example.com/app:1.2\ncctl pull oci:layout:v1")
        {
            Details = "A name without a host is Docker Hub's; one without a slash is there an official image's. An interrupted pull goes on where it was.",
        };
        command.Arguments.Add(images);
        command.Options.Add(quiet);
        command.Options.Add(allTags);
        command.Options.Add(platform);
        command.Options.Add(insecure);
        command.SetAction(parsed => new ImagesHelper("pull", ImageArguments.PathOf(globals.Store))
            .Flag("quiet", parsed.GetValue(quiet)).Flag("insecure", parsed.GetValue(insecure)).Flag("all-tags", parsed.GetValue(allTags)).Value("platform", parsed.GetValue(platform))
            .Become(parsed.GetValue(images)!));
        return command;
    }
}
