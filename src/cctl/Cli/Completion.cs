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
        words = Joined(words, out bool isSplit);
        string[] before = words.Length == 0 ? [] : words[..^1];
        string last = words.Length == 0 ? string.Empty : words[^1];
        bool option = last.StartsWith('-');
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
            return OfValue(pending, string.Empty);
        }

        int equals = last.IndexOf('=');
        if (option && equals > 0)
        {
            return ArgumentScan.Find(last, known) is { Arity.MinimumNumberOfValues: > 0 } named ? OfValue(named, isSplit ? string.Empty : last[..(equals + 1)]) : string.Empty;
        }

        if (option)
        {
            return Lines(known.Select(o => o.Name).Append("--help"));
        }

        return command is null ? Lines(globals.Commands.Names) : Lines(Positional(command.Name, Typed(before, at, known), before, last, globals));
    }

    private static string OfValue(Option option, string prefix) => option.HelpName switch
    {
        "DIR" => Directories,
        "FILE" or "SOCKET" => Files,
        _ => Lines(Values(option).Select(v => prefix + v)),
    };

    /// <summary>bash takes <c>--root=DIR</c> apart at the equals sign, and completes what comes behind it.</summary>
    private static string[] Joined(string[] words, out bool isSplit)
    {
        isSplit = false;
        var joined = new List<string>();
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i] == "=" && i > 0 && words[i - 1].StartsWith('-'))
            {
                joined[^1] += "=" + (i + 1 < words.Length ? words[i + 1] : string.Empty);
                i++;
                isSplit = i >= words.Length - 1;
                continue;
            }

            joined.Add(words[i]);
        }

        return [.. joined];
    }

    /// <summary>The last value of a global option that is typed already, in one word or two.</summary>
    private static string? Given(string option, string[] before)
    {
        for (int i = before.Length - 1; i >= 0; i--)
        {
            if (before[i].StartsWith(option + "=", StringComparison.Ordinal))
            {
                return before[i][(option.Length + 1)..];
            }

            if (before[i] == option && i + 1 < before.Length)
            {
                return before[i + 1];
            }
        }

        return null;
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

    private static IEnumerable<string> Positional(string command, List<string> typed, string[] before, string last, Globals globals) => (command, typed.Count) switch
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
        ("kill", _) when SignalNames.TryParse(typed[^1]) is null => Signals(last).Concat(Ids(before, globals, typed, static s => s != ContainerStatus.Stopped)),
        _ => [], // An id that is to be made, or somebody else's command.
    };

    private static IEnumerable<string> Signals(string typed) =>
        typed.StartsWith("SIG", StringComparison.Ordinal) ? SignalNames.Names.Select(n => "SIG" + n) : SignalNames.Names;

    private static string[] Values(Option option) => option.HelpName?.Contains('|') == true ? option.HelpName.Split('|') : [];

    private static List<string> Ids(string[] before, Globals globals, List<string> typed, Func<ContainerStatus, bool> fits)
    {
        try
        {
            using StateStore store = Given("--root", before) is { } root ? StateStore.OpenExisting(root) : globals.OpenStore();
            return ContainerView.All(store).FindAll(v => fits(v.Status) && !typed.Contains(v.Id)).ConvertAll(v => v.Id);
        }
        catch (ReportedException)
        {
            return [];
        }
    }

    private static IEnumerable<string> Images(string[] before, List<string> typed)
    {
        try
        {
            using ImageStore? store = ImageStore.TryOpen(Given("--store", before) ?? ImageStore.DefaultPath(Sys.GetEuid() == 0));
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
