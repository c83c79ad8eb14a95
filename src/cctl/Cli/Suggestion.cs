using System.CommandLine;
using OciSpec;
using Runtime.Lifecycle;

namespace Cctl.Cli;

/// <summary>What a person may have meant.</summary>
internal static class Suggestion
{
    /// <summary>Message for a command that does not exist.</summary>
    internal static string ForCommand(string word, ICommandTable commands) =>
        $"unknown command \"{word}\": {Instead(word) ?? (Nearest(word, commands.Names) is { } near ? $"did you mean {near}?" : "see cctl --help")}";

    // What other tools call it.
    private static string? Instead(string word) => word switch
    {
        "remove" => "did you mean rm?",
        "status" => "did you mean state?",
        "continue" => "did you mean resume?",
        "attach" or "enter" or "shell" => "did you mean exec? cctl exec -t ID sh",
        "init" or "new" => "did you mean spec?",
        "version" => "did you mean --version?",
        "info" or "capabilities" => "did you mean features?",
        "restart" => "cctl kill ID, cctl delete ID and cctl run do it: a container runs once",
        "rename" or "commit" or "cp" or "port" => "cctl has no such command: see cctl --help",
        "logs" => "cctl keeps no output: a guest writes to the streams that run and exec were given",
        "image" => "did you mean images?",
        "wait" => "cctl run without --detach waits for the container's end and exits with its status; cctl state says whether it runs",
        "build" => "cctl builds no images: docker, podman and buildah do, and cctl load takes what they save",
        "dry-run" or "plan" => "did you mean explain?",
        _ => null,
    };

    /// <summary>Message for an option that does not exist.</summary>
    /// <param name="word">What was typed.</param>
    /// <param name="options">What there is.</param>
    /// <param name="command">The command that it is for; null where there is none.</param>
    internal static string ForOption(string word, IEnumerable<Option> options, string? command = null)
    {
        if (OptionInstead(word, command) is string instead)
        {
            return $"unknown option {word}: {instead}";
        }

        int equals = word.IndexOf('=');
        string name = equals < 0 ? word : word[..equals];
        IEnumerable<string> known = options.Select(o => o.Name).Concat(command is null ? ["--help", "--version"] : ["--help"]);
        return Nearest("--" + name.TrimStart('-'), known) is { } near
            ? $"unknown option {name}, did you mean {near}"
            : $"unknown option {name}";
    }

    /// <summary>The message with the place that explains more; behind a question without a colon.</summary>
    internal static string WithHelp(string message, string help) => message.EndsWith('?') ? $"{message} see {help}" : $"{message}: see {help}";

    private static string? OptionInstead(string word, string? command) => (command, word) switch
    {
        ("kill", _) when SignalNames.TryParse(word.TrimStart('-')) is not null => $"the signal stands behind the id: cctl kill ID {word.TrimStart('-')}",
        ("run", "-it" or "-ti" or "-i" or "--interactive" or "--tty=true" or "-t" or "--tty") => "a guest has a terminal where /process/terminal in config.json is true",
        ("run" or "create", "--name") => "the id is an argument: cctl run ID",
        ("run", "--rm") => "run deletes the container at its end anyway, unless --keep is given",
        ("run" or "create", "-v" or "--volume" or "--mount") => "mounts stand in config.json, at /mounts",
        ("run" or "create", "-e" or "--env") => "the environment stands in config.json, at /process/env",
        ("run" or "create", "-p" or "--publish" or "--network" or "--net") => "the network stands in config.json, at /linux/namespaces and /linux/netDevices",
        ("run" or "create", "-m" or "--memory" or "--cpus") => "limits stand in config.json, at /linux/resources; cctl update changes them later",
        ("update", "--cpus" or "--cpu") => "CPU time is --cpu-quota in each --cpu-period (200000 in 100000 is two CPUs), which CPUs --cpuset-cpus",
        ("delete", "-a" or "--all") => "name the containers: cctl delete ID…, or all that list shows: cctl delete $(cctl list --quiet)",
        (_, "-V") => "did you mean --version?",
        (_, "--cgroup-parent") => "the cgroup's place stands in config.json, at /linux/cgroupsPath",
        ("list", "-a" or "--all") => "list shows all containers anyway",
        _ => null,
    };

    /// <summary>The candidate that is near enough for a word that a person typed; null where none is.</summary>
    internal static string? Nearest(string word, IEnumerable<string> candidates) =>
        NearestName.Find(word, candidates, Math.Max(1, word.Length / 3));
}
