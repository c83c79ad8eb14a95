using System.CommandLine;
using Cctl.Cli;
using Cctl.Streams;
using Runtime.Images;

namespace Cctl.Commands.Images;

/// <summary><c>save</c>: images as an archive.</summary>
internal static class SaveCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Argument<string[]> images = ImageArguments.Images();
        Option<string?> output = Globals.Text("--output", "FILE", "the archive (default: standard output)", "-o");
        var command = new CctlCommand("save", "write images into an archive, which docker and podman load and which is an image layout too", "cctl save -o images.tar alpine debian\ncctl save alpine | docker load");
        command.Arguments.Add(images);
        command.Options.Add(output);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(output) is null && Output.IsTerminal)
            {
                throw new ImageException("save: standard output is a terminal: write to a file with --output FILE, or to a pipe");
            }

            return new ImagesHelper("save", ImageArguments.PathOf(globals.Store)).Value("output", parsed.GetValue(output)).Become(parsed.GetValue(images)!);
        });
        return command;
    }
}
