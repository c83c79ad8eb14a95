using System.CommandLine;
using System.Text;

namespace Cctl.Cli;

/// <summary>The manual pages, from the definitions that also parse the command line: what a command takes, its page says.</summary>
internal static class Manual
{
    /// <summary>The names of all pages, without the section.</summary>
    internal static List<string> Pages(ICommandTable commands)
    {
        var names = new List<string> { "cctl" };
        foreach (string command in commands.Names)
        {
            names.Add("cctl-" + command);
        }

        return names;
    }

    /// <summary>A page in roff: <c>cctl</c>, or <c>cctl-COMMAND</c>.</summary>
    /// <exception cref="UsageException">There is none of that name.</exception>
    internal static string Page(string name, Globals globals)
    {
        if (name == "cctl")
        {
            return Overview(globals);
        }

        string command = name.StartsWith("cctl-", StringComparison.Ordinal) ? name[5..] : name;
        return OfCommand(globals.Commands.Create(command, globals) ?? throw new UsageException(Suggestion.ForCommand(command, globals.Commands)));
    }

    private static string Overview(Globals globals)
    {
        RoffWriter page = Begin("cctl", "runs isolated Linux guests from OCI bundles, without a daemon");
        page.Section("SYNOPSIS").Line($"{RoffWriter.Bold("cctl")} [{RoffWriter.Value("OPTION")}...] {RoffWriter.Value("COMMAND")} [{RoffWriter.Value("ARGUMENT")}...]");
        page.Section("DESCRIPTION").Paragraphs(
            "cctl launches guests on the host's own kernel: namespaces, cgroup v2, overlayfs and seccomp, by the OCI runtime "
            + "specification. It has no daemon: each command does its work and ends. Container managers call it in place of runc.\n"
            + "A guest is described by a bundle: a directory with config.json and a root filesystem. A container is a guest that was created, under an id.");
        page.Section("COMMANDS");
        foreach (string name in globals.Commands.Names)
        {
            page.Entry($"\\fBcctl\\-{RoffWriter.Escape(name)}\\fR(1)", globals.Commands.Create(name, globals)!.Description ?? string.Empty);
        }

        page.Section("OPTIONS").Paragraphs("Before or after the command's name:");
        Options(page, globals.Options);
        page.Entry($"{RoffWriter.Bold("--version")}, {RoffWriter.Bold("-v")}", "print version, commit and the specification's version, a line each");
        page.Entry($"{RoffWriter.Bold("--help")}, {RoffWriter.Bold("-h")}", "print the commands and these options; after a command, that command's");
        page.Section("EXIT STATUS").Paragraphs(
            "0 on success, 1 on a failure of cctl. run and exec in the foreground end with the status of the process itself, 128+N where signal N ended it; "
            + "exec ends with 255 where its process could not be started.");
        page.Section("ENVIRONMENT");
        page.Entry(RoffWriter.Bold("XDG_RUNTIME_DIR"), "without the host's root, the state is kept in cctl below it");
        page.Entry($"{RoffWriter.Bold("LISTEN_FDS")}, {RoffWriter.Bold("LISTEN_PID")}", "sockets of socket activation, which the first process inherits; see sd_listen_fds(3)");
        page.Section("FILES");
        page.Entry(RoffWriter.Value("/run/cctl"), "state of the containers, unless --root names another directory");
        page.Entry(RoffWriter.Value("config.json"), "in a bundle: the guest's configuration, config.md of the OCI runtime specification");
        page.Section("EXAMPLES").Code("mkdir demo && cd demo\ncctl spec --rootfs\ncctl run demo");
        page.Section("SEE ALSO").Line("\\fBrunc\\fR(8), \\fBnamespaces\\fR(7), \\fBcgroups\\fR(7), https://github.com/opencontainers/runtime\\-spec");
        return page.ToString();
    }

    private static string OfCommand(CctlCommand command)
    {
        RoffWriter page = Begin("cctl-" + command.Name, command.Description ?? string.Empty);
        page.Section("SYNOPSIS").Line(Synopsis(command));
        page.Section("DESCRIPTION").Paragraphs(RoffWriter.Sentence(command.Description ?? string.Empty)).Paragraphs(command.Details);
        foreach (Argument argument in command.Arguments)
        {
            if (!argument.Hidden)
            {
                page.Entry(RoffWriter.Value(argument.Name), argument.Description ?? string.Empty);
            }
        }

        page.Section("OPTIONS");
        Options(page, command.Options);
        page.Entry($"{RoffWriter.Bold("--help")}, {RoffWriter.Bold("-h")}", "print these options");
        page.Paragraphs("Options of all commands, such as --root and --log, are in cctl(1).");
        page.Section("EXAMPLES").Code(command.Example);
        page.Section("SEE ALSO").Line("\\fBcctl\\fR(1)");
        return page.ToString();
    }

    private static RoffWriter Begin(string name, string description) =>
        new RoffWriter().Title(name, "cctl " + BuildInfo.Version)
            .Section("NAME").Line($"{RoffWriter.Escape(name)} \\- {RoffWriter.Escape(description)}");

    private static void Options(RoffWriter page, IEnumerable<Option> options)
    {
        foreach (Option option in options)
        {
            if (!option.Hidden)
            {
                page.Entry(Names(option), option.Description ?? string.Empty);
            }
        }
    }

    private static string Names(Option option)
    {
        var names = new StringBuilder(RoffWriter.Bold(option.Name));
        foreach (string alias in option.Aliases)
        {
            names.Append(", ").Append(RoffWriter.Bold(alias));
        }

        if (option.Arity.MaximumNumberOfValues > 0)
        {
            names.Append(' ').Append(RoffWriter.Value(option.HelpName ?? "VALUE"));
        }

        return names.ToString();
    }

    private static string Synopsis(CctlCommand command)
    {
        var line = new StringBuilder($"{RoffWriter.Bold("cctl")} [{RoffWriter.Value("OPTION")}...] {RoffWriter.Bold(command.Name)} [{RoffWriter.Value("OPTION")}...]");
        foreach (Argument argument in command.Arguments)
        {
            if (!argument.Hidden)
            {
                string name = RoffWriter.Value(argument.Name) + (argument.Arity.MaximumNumberOfValues > 1 ? "..." : string.Empty);
                line.Append(' ').Append(argument.Arity.MinimumNumberOfValues > 0 ? name : $"[{name}]");
            }
        }

        return line.ToString();
    }
}
