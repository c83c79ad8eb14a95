using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.CompilerServices;
using System.Text;
using Cctl.Streams;

namespace Cctl.Cli;

/// <summary>Answers --help, help and --version. All commands are made here, and only here and for completion.</summary>
internal static class Help
{
    /// <summary>Answers when the command line asks for help or the version; false when it asks for something to be done.</summary>
    /// <param name="arguments">The words of the command line.</param>
    /// <param name="at">Position of the command's name; −1 where there is none.</param>
    /// <param name="globals">The options that every command has.</param>
    internal static bool Answers(string[] arguments, int at, Globals globals)
    {
        if (arguments.Length == 0)
        {
            Output.Write(Overview(globals));
            return true;
        }

        int before = at < 0 ? arguments.Length : at;
        for (int i = 0; i < before; i++)
        {
            switch (arguments[i])
            {
                case "--version" or "-version" or "-v":
                    Output.Write(BuildInfo.VersionText);
                    return true;
                case "--help" or "-help" or "-h":
                    Output.Write(Overview(globals));
                    return true;
            }
        }

        return at >= 0 && AnswersCommand(arguments, at, globals);
    }

    private static bool AnswersCommand(string[] arguments, int at, Globals globals)
    {
        if (arguments[at] == "help")
        {
            Output.Write(at + 1 < arguments.Length ? Of(arguments[at + 1], globals) : Overview(globals));
            return true;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string Overview(Globals globals)
    {
        var root = new Command("cctl", "runs isolated Linux guests from OCI bundles, without a daemon");
        foreach (Option option in globals.Options)
        {
            root.Options.Add(option);
        }

        root.Options.Add(new Option<bool>("--version", "-v") { Description = "print the version", Arity = ArgumentArity.Zero });
        foreach (string name in globals.Commands.Names)
        {
            root.Subcommands.Add(globals.Commands.Create(name, globals)!);
        }

        return Render(root, root, "print this; with a command, that command's help", "cctl spec --rootfs && cctl run demo\ncctl help run");
    }

    /// <summary>A command's help.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static string Of(string name, Globals globals)
    {
        CctlCommand command = globals.Commands.Create(name, globals) ?? throw new UsageException(Suggestion.ForCommand(name, globals.Commands));
        var root = new Command("cctl");
        root.Subcommands.Add(command);
        return Render(root, command, "print this", command.Example) + "\nOptions of all commands, such as --root and --log: cctl --help\n";
    }

    private static string Render(Command root, Command command, string description, string example)
    {
        int width = Output.TerminalWidth();
        var option = new HelpOption("--help", "-h") { Description = description };
        ((HelpAction)option.Action!).MaxWidth = width > 0 ? width : 100;
        command.Options.Add(option);
        using var writer = new StringWriter();
        string[] words = command == root ? ["--help"] : [command.Name, "--help"];
        root.Parse(words, new ParserConfiguration()).Invoke(new InvocationConfiguration { Output = writer });
        var text = new StringBuilder(writer.ToString().TrimEnd()).Append("\n\nExample:\n");
        foreach (string line in example.Split('\n'))
        {
            text.Append("  ").Append(line).Append('\n');
        }

        return text.ToString();
    }
}
