using System.CommandLine;
using Cctl.Cli;
using Runtime.Exec;

namespace Cctl.Commands;

/// <summary><c>exec</c>: run a further process in a running container.</summary>
internal static class ExecCommand
{
    /// <summary>The exit status of an exec that could not start its process.</summary>
    internal const int CouldNotStart = 255;

    internal static CctlCommand Create(Globals globals)
    {
        Option<string?> process = Globals.Text("--process", "FILE", "a process as config.json has it", "-p");
        Option<string?> cwd = Globals.Text("--cwd", "DIR", "the working directory in the container", "--workdir", "-w");
        Option<string[]> env = Globals.List("--env", "NAME=VALUE", "set an environment variable", "-e");
        Option<bool> tty = Globals.Flag("--tty", "make a terminal", "-t");
        Option<bool> interactive = Globals.Flag("--interactive", "no difference: standard input is the process's anyway", "-i");
        Option<string?> user = Globals.Text("--user", "USER[:GROUP]", "run as this user, by name or number", "-u");
        Option<string[]> gids = Globals.List("--additional-gids", "GID", "a further group", "-g");
        Option<bool> detach = Globals.Flag("--detach", "return as soon as the process has started", "-d");
        Option<string?> pidFile = Globals.Text("--pid-file", "FILE", "write the process's pid there");
        Option<string?> label = Globals.Text("--process-label", "LABEL", "the SELinux label");
        Option<string?> apparmor = Globals.Text("--apparmor", "PROFILE", "the AppArmor profile");
        Option<bool> noNewPrivs = Globals.Flag("--no-new-privs", "set no_new_privs");
        Option<string[]> caps = Globals.List("--cap", "CAPABILITY", "a further capability", "-c");
        Option<string?> preserve = Globals.Text("--preserve-fds", "N", "pass this many descriptors from 3 up to the process (default: 0)");
        Option<string?> cgroup = Globals.Text("--cgroup", "PATH", "a cgroup below the container's");
        Option<bool> ignorePaused = Globals.Flag("--ignore-paused", "enter a paused container too");
        Option<string?> consoleSocket = Globals.Text("--console-socket", "SOCKET", "send the terminal's master side there");
        Option<string?> pidfdSocket = Globals.Text("--pidfd-socket", "SOCKET", "send a pidfd of the process there");
        Argument<string> id = Arguments.Id();
        var words = new Argument<string[]>("COMMAND") { Description = "the command and its arguments", Arity = ArgumentArity.ZeroOrMore };
        var command = new CctlCommand("exec", "run a further process in a running container", "cctl exec -it demo sh\ncctl exec --user nobody demo id") { StopsAtFirstArgument = true, FailureStatus = CouldNotStart, Details = RunCommand.Foreground };
        Option[] options = [process, cwd, env, tty, interactive, user, gids, detach, pidFile, label, apparmor, noNewPrivs, caps, preserve, cgroup, ignorePaused, consoleSocket, pidfdSocket];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        command.Arguments.Add(id);
        command.Arguments.Add(words);
        command.SetAction(parsed => ContainerExec.Run(new ExecOptions
        {
            Id = parsed.GetValue(id)!,
            StateRoot = globals.StateRoot,
            ProcessFile = parsed.GetValue(process),
            Command = parsed.GetValue(words) ?? [],
            Env = parsed.GetValue(env) ?? [],
            Cwd = parsed.GetValue(cwd),
            User = parsed.GetValue(user),
            AdditionalGids = parsed.GetValue(gids) ?? [],
            Capabilities = parsed.GetValue(caps) ?? [],
            Terminal = parsed.GetValue(tty),
            NoNewPrivileges = parsed.GetValue(noNewPrivs),
            ApparmorProfile = parsed.GetValue(apparmor),
            SelinuxLabel = parsed.GetValue(label),
            Cgroup = parsed.GetValue(cgroup),
            IgnorePaused = parsed.GetValue(ignorePaused),
            Detach = parsed.GetValue(detach),
            PidFile = parsed.GetValue(pidFile),
            ConsoleSocket = parsed.GetValue(consoleSocket),
            PidfdSocket = parsed.GetValue(pidfdSocket),
            PreserveFds = Arguments.Count("--preserve-fds", parsed.GetValue(preserve)),
        }));
        return command;
    }
}
