using System.CommandLine;
using Cctl.Cli;
using Cctl.Commands.Containers;
using OciSpec;
using Runtime;
using Runtime.Documents;
using Runtime.Linux;
using Runtime.Namespaces.Plan;

namespace Cctl.Commands;

/// <summary><c>spec</c>: a bundle to begin with.</summary>
internal static class SpecCommand
{

    internal static CctlCommand Create(Globals globals)
    {
        Option<string?> bundle = Globals.Text("--bundle", "DIR", "the directory to write to (default: the working directory)", "-b");
        Option<bool> rootless = Globals.Flag("--rootless", "for a user without root: a user namespace, no network of its own, no limits");
        Option<bool> rootfs = Globals.Flag("--rootfs", "unpack the small root file system that cctl carries, too");
        var command = new CctlCommand(
            "spec",
            "write a config.json to begin with: a shell in namespaces of its own, or a command without a terminal",
            "mkdir demo && cd demo && cctl spec --rootfs && cctl run demo");
        var words = new Argument<string[]>("COMMAND") { Description = "the guest's program and its arguments, without a terminal (default: a shell with one)", Arity = ArgumentArity.ZeroOrMore };
        command.Arguments.Add(words);
        command.Options.Add(bundle);
        command.Options.Add(rootless);
        command.Options.Add(rootfs);
        command.SetAction(parsed =>
        {
            string directory = System.IO.Path.GetFullPath(parsed.GetValue(bundle) ?? ".");
            RuntimeConfig config = DefaultConfig.Make(parsed.GetValue(rootless), Sys.GetEuid(), Sys.GetEgid());
            if (parsed.GetValue(words) is { Length: > 0 } program)
            {
                config.Process!.Args = [.. program];
                config.Process.Terminal = false;
            }

            NewBundle.Make(directory, ConfigFile.Write(config, indented: true), parsed.GetValue(rootfs) ? CarriedImage.Archive("spec --rootfs") : null);
            return 0;
        });
        return command;
    }
}
