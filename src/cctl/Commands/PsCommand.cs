using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Cctl.Cli;
using Cctl.Commands.Containers;
using Cctl.Streams;
using Runtime;
using Runtime.Accounting;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.State;

namespace Cctl.Commands;

/// <summary><c>ps</c>: the containers, or, of one that is named, its processes, by ps(1) or as a JSON array of pids.</summary>
internal static class PsCommand
{
    internal static CctlCommand Create(Globals globals, string name)
    {
        Option<string?> format = Globals.Text("--format", "FORMAT", "of containers table, json or a template such as '{{.Names}} {{.Status}}'; of processes table or json");
        Option<bool> all = Globals.Flag("--all", "show containers that do not run, too", "-a");
        Option<bool> quiet = Globals.Flag("--quiet", "print the containers' ids only", "-q");
        Option<bool> whole = Globals.Flag("--no-trunc", "do not cut ids and commands");
        Option<string[]> filter = Globals.List("--filter", "KEY=VALUE", "id=, name=, status= or ancestor=");
        var id = new Argument<string?>("ID") { Description = "the container whose processes are listed", Arity = name == "top" ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne };
        var words = new Argument<string[]>("PS-OPTION") { Description = "options of ps(1) (default: -ef)", Arity = ArgumentArity.ZeroOrMore };
        var command = new CctlCommand(name, name == "top" ? "list the processes of a container" : "list the containers, or the processes of one", name == "top" ? "cctl top web" : "cctl ps --all\ncctl ps web\ncctl ps web -o pid,comm") { StopsAtFirstArgument = true };
        format.Aliases.Add("-f");
        foreach (Option option in (Option[])[format, all, quiet, whole, filter])
        {
            command.Options.Add(option);
        }

        command.Arguments.Add(id);
        command.Arguments.Add(words);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(id) is not { } container)
            {
                ContainerTable.Print(globals, parsed.GetValue(all), parsed.GetValue(whole), parsed.GetValue(quiet), parsed.GetValue(format), parsed.GetValue(filter) ?? []);
                return 0;
            }

            bool json = Globals.OneOf("--format", parsed.GetValue(format), "table", "table", "json") == "json";
            using StateStore store = globals.OpenStore();
            List<int> pids = ContainerProcesses.Of(store, container);
            string[] options = parsed.GetValue(words) ?? [];
            Output.Write(json ? Json(pids) : Table(pids, options.Length > 0 ? options : ["-ef"]));
            return 0;
        });
        return command;
    }

    // null for none, as callers know it from runc.
    private static string Json(List<int> pids) => pids.Count == 0 ? "null\n" : "[" + string.Join(',', pids) + "]\n";

    // ps(1) of the host shows them all; those of the container stay.
    private static string Table(List<int> pids, string[] options)
    {
        var wanted = new HashSet<int>(pids);
        var start = new ProcessStartInfo("ps", options) { RedirectStandardOutput = true, UseShellExecute = false };
        using Process ps = Start(start);
        string[] lines = ps.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        ps.WaitForExit();
        string[] heading = lines.Length > 0 ? lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        int column = Array.IndexOf(heading, "PID");
        if (column < 0)
        {
            throw new ContainerException($"ps {string.Join(' ', options)}: its output has no column PID");
        }

        var kept = new List<string> { lines[0] };
        foreach (string line in lines.AsSpan(1))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > column && int.TryParse(fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && wanted.Contains(pid))
            {
                kept.Add(SafeText.Of(line));
            }
        }

        return string.Join('\n', kept) + "\n";
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            var errno = (Errno)e.NativeErrorCode;
            throw errno == Errno.ENOENT
                ? new ContainerException("ps: ENOENT: no ps(1) in $PATH: install it (procps), or use --format json")
                : new SyscallException("start ps(1)", errno);
        }
    }
}
