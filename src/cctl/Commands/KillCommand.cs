using System.CommandLine;
using Cctl.Cli;
using Runtime.Lifecycle;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>kill</c>: send a signal to a container.</summary>
internal static class KillCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        Argument<string> id = Arguments.Id();
        var signal = new Argument<string?>("SIGNAL")
        {
            Description = "name, with or without SIG, or number (default: SIGTERM)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<bool> all = Globals.Flag("--all", "send it to every process of the container", "-a");
        var command = new CctlCommand("kill", "send a signal to a container's first process", "cctl kill web TERM\ncctl kill --all web 9");
        command.Arguments.Add(id);
        command.Arguments.Add(signal);
        command.Options.Add(all);
        command.SetAction(parsed =>
        {
            int number = SignalNames.Parse(parsed.GetValue(signal) ?? "TERM");
            using StateStore store = globals.OpenStore();
            if (parsed.GetValue(all))
            {
                ContainerKiller.SignalAll(store, parsed.GetValue(id)!, number);
            }
            else
            {
                ContainerKiller.Signal(store, parsed.GetValue(id)!, number);
            }

            return 0;
        });
        return command;
    }
}
