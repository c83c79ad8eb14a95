using System.CommandLine;
using Cctl.Cli;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>kill</c>: send a signal to containers.</summary>
internal static class KillCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Argument<string[]> words = Arguments.Ids();
        var signal = new Argument<string?>("SIGNAL")
        {
            Description = "the last word, where it is a signal: name, with or without SIG, or number (default: SIGTERM)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> named = Globals.Text("--signal", "SIGNAL", "the signal, in the place of a last word", "-s");
        Option<bool> all = Globals.Flag("--all", "send it to every process of the container", "-a");
        var command = new CctlCommand("kill", "send a signal to the first process of containers", "cctl kill web TERM\ncctl kill web db\ncctl kill --all web 9");
        command.Arguments.Add(words);
        command.Arguments.Add(signal);
        command.Options.Add(named);
        command.Options.Add(all);
        command.SetAction(parsed =>
        {
            using StateStore store = globals.OpenStore();
            int number;
            ReadOnlySpan<string> ids;
            if (parsed.GetValue(named) is { } name)
            {
                number = SignalNames.Parse(name);
                ids = parsed.GetValue(words)!;
            }
            else
            {
                ids = Split(store, parsed.GetValue(words)!, out number);
            }

            bool everyProcess = parsed.GetValue(all);
            return Arguments.ForEach(ids, id =>
            {
                if (everyProcess)
                {
                    ContainerKiller.SignalAll(store, id, number);
                }
                else
                {
                    ContainerKiller.Signal(store, id, number);
                }
            });
        });
        return command;
    }

    /// <summary>
    /// The last of several words is the signal if it is one, whatever containers there are: callers of runc send
    /// <c>kill ID SIGNAL</c>. Of two words the second must be a signal or a container.
    /// </summary>
    private static ReadOnlySpan<string> Split(StateStore store, string[] words, out int signal)
    {
        if (words.Length > 1 && SignalNames.TryParse(words[^1]) is int last)
        {
            signal = last;
            return words.AsSpan(0, words.Length - 1);
        }

        if (words.Length == 2 && SignalNames.TryParse(words[0]) is not null && !Exists(store, words[0]) && Exists(store, words[1]))
        {
            throw new UsageException($"kill {words[0]} {words[1]}: the signal stands behind the id: cctl kill {words[1]} {words[0]}");
        }

        signal = words.Length == 2 && !Exists(store, words[1]) ? SignalNames.Parse(words[1]) : Abi.SIGTERM;
        return words;
    }

    private static bool Exists(StateStore store, string id)
    {
        using ContainerDirectory? directory = id.Contains('/') ? null : store.TryOpenNamed(id);
        return directory is not null;
    }
}
