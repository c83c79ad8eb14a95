using System.CommandLine;
using Cctl.Cli;

namespace Cctl.Commands.Images;

/// <summary><c>import</c>: an image of a root filesystem.</summary>
internal static class ImportCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        var file = new Argument<string>("FILE") { Description = "the tarball, compressed or not, or the directory; -: standard input", Arity = ArgumentArity.ExactlyOne };
        var name = new Argument<string?>("NAME") { Description = "the image's name", Arity = ArgumentArity.ZeroOrOne };
        Option<string[]> change = Globals.List("--change", "INSTRUCTION", "CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME or WORKDIR with its value, as in a Dockerfile", "-c");
        Option<string?> message = Globals.Text("--message", "TEXT", "a note for the image's history", "-m");
        Option<bool> quiet = Globals.Flag("--quiet", "print the image's id only", "-q");
        var command = new CctlCommand("import", "make an image of a root filesystem", "cctl import rootfs.tar.gz app:1\ncurl -s https://example.com/rootfs.tar | cctl import -c 'CMD [\"sh\"]' - app");
        command.Arguments.Add(file);
        command.Arguments.Add(name);
        command.Options.Add(change);
        command.Options.Add(message);
        command.Options.Add(quiet);
        command.SetAction(parsed =>
        {
            ImagesHelper helper = new ImagesHelper("import", ImageArguments.PathOf(globals.Store))
                .Values("change", parsed.GetValue(change)).Value("message", parsed.GetValue(message)).Flag("quiet", parsed.GetValue(quiet));
            return parsed.GetValue(name) is { } called ? helper.Become(parsed.GetValue(file)!, called) : helper.Become(parsed.GetValue(file)!);
        });
        return command;
    }
}
