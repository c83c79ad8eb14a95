using System.CommandLine;
using System.CommandLine.Invocation;
using Cctl.Streams;

namespace Cctl.Cli;

/// <summary>
/// From the words of the command line to a command's exit status. The hot path makes one command's options, parses,
/// and calls it; help, completion, logs and tables are touched by those who ask for them only.
/// </summary>
internal static class CommandLine
{
    /// <summary>The exit status of a failure of cctl itself.</summary>
    internal const int Failure = 1;

    /// <summary>Runs the command line.</summary>
    internal static int Run(string[] arguments, ICommandTable commands)
    {
        var globals = new Globals(commands) { Arguments = arguments };
        try
        {
            return Dispatch(arguments, globals);
        }
        catch (Exception e)
        {
            ErrorReport.Fail(e);
            return globals.FailureStatus;
        }
    }

    private static int Dispatch(string[] arguments, Globals globals)
    {
        Option[] options = globals.Options;
        int at = ArgumentScan.FindCommand(arguments, options);
        if (Help.Answers(arguments, at, globals))
        {
            return 0;
        }

        if (at < 0)
        {
            throw new UsageException(WithoutCommand(arguments, options));
        }

        if (at + 1 < arguments.Length && arguments[at] == "explain" && arguments[at + 1] == "run")
        {
            arguments = [.. arguments[..at], "run", "--explain=text", .. arguments[(at + 2)..]];
            globals.Arguments = arguments;
        }

        CctlCommand command = globals.Commands.Create(arguments[at], globals)
            ?? throw new UsageException(UnknownOption(arguments[..at], options) ?? Suggestion.ForCommand(arguments[at], globals.Commands));
        globals.FailureStatus = command.FailureStatus;
        List<string> words = ArgumentScan.Normalize(arguments, at, options, command, out bool asksForHelp);
        if (asksForHelp)
        {
            Output.Write(Help.Of(command.Name, globals));
            return 0;
        }

        ParseResult parsed = Parse(words, options, command);

        // The log first: a caller that reads errors from its file wants those of the command line there too.
        try
        {
            globals.Read(parsed);
        }
        catch (InvalidOperationException)
        {
            // A global option is given twice: the parser has no value of it to give, and no error either.
            throw new UsageException(UsageErrors.Describe(parsed, command, options));
        }

        if (parsed.Errors.Count > 0)
        {
            throw new UsageException(UsageErrors.Describe(parsed, command, options));
        }

        return ((SynchronousCommandLineAction)command.Action!).Invoke(parsed);
    }

    private static ParseResult Parse(List<string> words, Option[] options, CctlCommand command)
    {
        var root = new Command("cctl");
        foreach (Option option in options)
        {
            root.Options.Add(option);
        }

        root.Subcommands.Add(command);
        return root.Parse(words, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
    }

    // What looks like the command may be the value of an option that does not exist.
    private static string? UnknownOption(string[] arguments, Option[] options)
    {
        string? unknown = Array.Find(arguments, w => w.StartsWith('-') && ArgumentScan.Find(w, options) is null);
        return unknown is null ? null : Suggestion.WithHelp(Suggestion.ForOption(unknown, options), "cctl --help");
    }

    private static string WithoutCommand(string[] arguments, Option[] options)
    {
        if (UnknownOption(arguments, options) is { } unknown)
        {
            return unknown;
        }

        return ArgumentScan.Find(arguments[^1], options) is { Arity.MinimumNumberOfValues: > 0 } option
            ? $"flag needs an argument: {option.Name}: see cctl --help"
            : "no command: see cctl --help";
    }
}
