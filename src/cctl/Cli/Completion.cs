using System.CommandLine;
using System.Text;
using Runtime;
using Runtime.State;

namespace Cctl.Cli;

/// <summary>What may come next on a command line, from the same definitions that parse it.</summary>
internal static class Completion
{
    /// <summary>Candidates for the last of the words, one a line; the shell sorts out those that fit.</summary>
    internal static string Candidates(string[] words, Globals globals)
    {
        string[] before = words.Length == 0 ? [] : words[..^1];
        bool option = words.Length > 0 && words[^1].StartsWith('-');
        Option[] options = globals.Options;
        int at = ArgumentScan.FindCommand(before, options);
        CctlCommand? command = at < 0 ? null : CommandTable.Create(before[at], globals);
        if (at >= 0 && command is null)
        {
            return string.Empty;
        }

        IEnumerable<Option> known = command is null ? options : options.Concat(command.Options);
        if (before.Length > 0 && ArgumentScan.Find(before[^1], known) is { Arity.MinimumNumberOfValues: > 0 } pending)
        {
            return Lines(Values(pending));
        }

        if (option)
        {
            return Lines(known.Select(o => o.Name).Append("--help"));
        }

        return command is null ? Lines(CommandTable.Names)
            : command.Arguments.Any(a => a.Name == "ID") ? Lines(Ids(before, globals))
            : string.Empty;
    }

    private static string[] Values(Option option) => option.HelpName?.Contains('|') == true ? option.HelpName.Split('|') : [];

    private static List<string> Ids(string[] before, Globals globals)
    {
        int root = Array.LastIndexOf(before, "--root");
        try
        {
            using StateStore store = root >= 0 && root + 1 < before.Length ? StateStore.Open(before[root + 1]) : globals.OpenStore();
            return store.Ids();
        }
        catch (ContainerException)
        {
            return [];
        }
    }

    private static string Lines(IEnumerable<string> lines)
    {
        var text = new StringBuilder();
        foreach (string line in lines)
        {
            text.Append(line).Append('\n');
        }

        return text.ToString();
    }
}
