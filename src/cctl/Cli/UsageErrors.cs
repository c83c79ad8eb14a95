using System.CommandLine;
using System.CommandLine.Parsing;

namespace Cctl.Cli;

/// <summary>Says in one line what is wrong with a command line.</summary>
internal static class UsageErrors
{
    /// <summary>The first fault. A missing value is worded as callers of runc look for it: <c>flag needs an argument</c>.</summary>
    internal static string Describe(ParseResult parsed, CctlCommand command, Option[] globals)
    {
        string hint = $": see cctl {command.Name} --help";
        foreach (Option option in globals.Concat(command.Options))
        {
            if (parsed.GetResult(option) is { Implicit: false } result
                && result.Tokens.Count < option.Arity.MinimumNumberOfValues)
            {
                return $"flag needs an argument: {option.Name}{hint}";
            }

            if (parsed.GetResult(option) is { } repeated && repeated.IdentifierTokenCount > 1 && option.Arity.MaximumNumberOfValues <= 1)
            {
                return $"{option.Name} is given {repeated.IdentifierTokenCount} times{hint}";
            }
        }

        if (parsed.UnmatchedTokens.Count > 0)
        {
            string instead = command.Name is "run" or "create" or "restore" ? ": it takes one ID; the command stands in config.json, at /process/args" : string.Empty;
            return $"unexpected argument \"{parsed.UnmatchedTokens[0]}\"{instead}{hint}";
        }

        foreach (Argument argument in command.Arguments)
        {
            if (argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is null or { Tokens.Count: 0 })
            {
                return $"{command.Name} needs {argument.Name}{hint}";
            }
        }

        return parsed.Errors[0].Message.ReplaceLineEndings(" ") + hint;
    }
}
