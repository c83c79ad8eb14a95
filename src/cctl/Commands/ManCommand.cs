using System.CommandLine;
using System.Text;
using Cctl.Cli;
using Cctl.Streams;
using Runtime;
using Runtime.Linux;
using Runtime.Namespaces.Plan;

namespace Cctl.Commands;

/// <summary><c>man</c>: the manual, as man(1) reads it.</summary>
internal static class ManCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        var name = new Argument<string?>("COMMAND") { Description = "the command whose page is meant (default: that of cctl itself)", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> directory = Globals.Text("--directory", "DIR", "write all pages there, one a file");
        var command = new CctlCommand(
            "man",
            "print a manual page, for man(1) to show",
            "cctl man run | man -l -\ncctl man --directory /usr/local/share/man/man1");
        command.Arguments.Add(name);
        command.Options.Add(directory);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(directory) is string path)
            {
                WriteAll(path, globals);
            }
            else
            {
                Output.Write(Manual.Page(parsed.GetValue(name) ?? "cctl", globals));
            }

            return 0;
        });
        return command;
    }

    private static void WriteAll(string path, Globals globals)
    {
        Errno errno = Sys.TryOpenAt(Abi.AT_FDCWD, path, Abi.O_RDONLY | Abi.O_DIRECTORY, 0, out Fd? opened);
        using Fd directory = opened ?? throw new ContainerException($"--directory {path}: {errno.InWords()}{(errno == Errno.ENOENT ? ": make it first" : string.Empty)}");
        foreach (string page in Manual.Pages(globals.Commands))
        {
            try
            {
                FileText.Replace(directory.Number, page + ".1", Encoding.UTF8.GetBytes(Manual.Page(page, globals)), 0b110_100_100);
            }
            catch (SyscallException e)
            {
                throw new ContainerException($"--directory {path}: write {page}.1: {e.Errno.InWords()}");
            }
        }
    }
}
