using System.CommandLine;
using Cctl.Cli;

namespace Cctl.Commands.Images;

/// <summary><c>load</c>: images of an archive.</summary>
internal static class LoadCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Option<string?> input = Globals.Text("--input", "FILE", "the archive (default: standard input)", "-i");
        Option<bool> quiet = Globals.Flag("--quiet", "print the images' names only", "-q");
        Option<string?> platform = Globals.Text("--platform", "PLATFORM", "as linux/arm64 (default: this machine's)");
        var command = new CctlCommand("load", "load the images of an archive that docker, podman, skopeo or cctl saved", "cctl load -i images.tar\ndocker save app | cctl load");
        command.Options.Add(input);
        command.Options.Add(quiet);
        command.Options.Add(platform);
        command.SetAction(parsed => new ImagesHelper("load", ImageArguments.PathOf(globals.Store))
            .Value("input", parsed.GetValue(input)).Flag("quiet", parsed.GetValue(quiet)).Value("platform", parsed.GetValue(platform)).Become());
        return command;
    }
}
