using System.CommandLine;
using System.Text;
using Runtime;
using Runtime.Images;
using Runtime.Images.Store;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.State;

namespace Cctl.Cli;

/// <summary>What may come next on a command line, from the same definitions that parse it.</summary>
internal static class Completion
{
    /// <summary>Candidates for the last of the words, one a line; the shell sorts out those that fit.</summary>
    /// <remarks>Where the shell is to complete file names itself, the answer is <see cref="Files"/> or <see cref="Directories"/>.</remarks>
    internal static string Candidates(string[] words, Globals globals)
    {
        string[] before = words.Length == 0 ? [] : words[..^1];
        bool option = words.Length > 0 && words[^1].StartsWith('-');
        Option[] options = globals.Options;
        int at = ArgumentScan.FindCommand(before, options);
        CctlCommand? command = at < 0 ? null : globals.Commands.Create(before[at], globals);
        if (at >= 0 && command is null)
        {
            return before[at] == "help" && before.Length == at + 1 ? Lines(globals.Commands.Names) : string.Empty;
        }

        IEnumerable<Option> known = command is null ? options : options.Concat(command.Options);
        if (before.Length > 0 && ArgumentScan.Find(before[^1], known) is { Arity.MinimumNumberOfValues: > 0 } pending)
        {
            return pending.HelpName switch
            {
                "DIR" => Directories,
                "FILE" or "SOCKET" => Files,
                _ => Lines(Values(pending)),
            };
        }

        if (option)
        {
            return Lines(known.Select(o => o.Name).Append("--help"));
        }

        return command is null ? Lines(globals.Commands.Names) : Lines(Positional(command.Name, Typed(before, at, known), before, globals));
    }

    /// <summary>For the scripts: files and directories may follow.</summary>
    internal const string Files = ":files\n";

    /// <summary>For the scripts: directories may follow.</summary>
    internal const string Directories = ":directories\n";

    /// <summary>The arguments behind the command's name, without options and their values.</summary>
    private static List<string> Typed(string[] before, int at, IEnumerable<Option> known)
    {
        var typed = new List<string>();
        for (int i = at + 1; i < before.Length; i++)
        {
            if (!before[i].StartsWith('-'))
            {
                typed.Add(before[i]);
            }
            else if (!before[i].Contains('=') && ArgumentScan.Find(before[i], known) is { Arity.MinimumNumberOfValues: > 0 })
            {
                i++;
            }
        }

        return typed;
    }

    private static IEnumerable<string> Positional(string command, List<string> typed, string[] before, Globals globals) => (command, typed.Count) switch
    {
        ("completion", 0) => ["bash", "zsh", "fish"],
        ("man", 0) => globals.Commands.Names,
        ("system", 0) => ["df", "check", "prune"],
        ("rmi" or "inspect" or "save", _) or ("history" or "push" or "tag" or "pull", 0) => Images(before, typed),
        ("start", 0) => Ids(before, globals, typed, static s => s == ContainerStatus.Created),
        ("resume", 0) => Ids(before, globals, typed, static s => s == ContainerStatus.Paused),
        ("pause" or "exec", 0) => Ids(before, globals, typed, static s => s is ContainerStatus.Running or ContainerStatus.Created),
        ("ps" or "checkpoint" or "events", 0) => Ids(before, globals, typed, static s => s is ContainerStatus.Running or ContainerStatus.Paused),
        ("update", 0) => Ids(before, globals, typed, static s => s != ContainerStatus.Stopped),
        ("stats", _) => Ids(before, globals, typed, static s => s is ContainerStatus.Running or ContainerStatus.Paused),
        ("state", 0) or ("delete", _) => Ids(before, globals, typed, static _ => true),
        ("kill", 0) => Ids(before, globals, typed, static s => s != ContainerStatus.Stopped),
        ("kill", _) when SignalNames.TryParse(typed[^1]) is null => SignalNames.Names.Concat(Ids(before, globals, typed, static s => s != ContainerStatus.Stopped)),
        _ => [], // An id that is to be made, or somebody else's command.
    };

    private static string[] Values(Option option) => option.HelpName?.Contains('|') == true ? option.HelpName.Split('|') : [];

    private static List<string> Ids(string[] before, Globals globals, List<string> typed, Func<ContainerStatus, bool> fits)
    {
        int root = Array.LastIndexOf(before, "--root");
        try
        {
            using StateStore store = root >= 0 && root + 1 < before.Length ? StateStore.Open(before[root + 1]) : globals.OpenStore();
            return ContainerView.All(store).FindAll(v => fits(v.Status) && !typed.Contains(v.Id)).ConvertAll(v => v.Id);
        }
        catch (ContainerException)
        {
            return [];
        }
    }

    private static IEnumerable<string> Images(string[] before, List<string> typed)
    {
        int option = Array.LastIndexOf(before, "--store");
        try
        {
            using ImageStore? store = ImageStore.TryOpen(option >= 0 && option + 1 < before.Length ? before[option + 1] : ImageStore.DefaultPath(Sys.GetEuid() == 0));
            return (store?.References.All() ?? []).ConvertAll(r => r.Name.Familiar).Except(typed).Order(StringComparer.Ordinal);
        }
        catch (ImageException)
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
