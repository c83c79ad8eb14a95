using System.CommandLine;
using Cctl.Cli;
using Runtime;
using Runtime.Launch;
using Runtime.Linux;

namespace Cctl.Commands;

/// <summary><c>run</c>: create and start a container, and in the foreground wait for its end.</summary>
internal static class RunCommand
{
    /// <summary>What a process in the foreground and its terminal have to do with this one's, for the manual.</summary>
    internal const string Foreground =
        "In the foreground, signals are passed on to the process. Of SIGTERM, SIGINT, SIGHUP and SIGQUIT the third ends it with SIGKILL where it disregards them; the second says so. One with a handler for the signal is left to that, and a second in a row says what ends it.\n"
        + "With a terminal, standard input is its keyboard and standard output its screen. Standard input may be a file or a pipe: after its end, every read of the process meets the end of its input, and a signal that it disregards hangs its terminal up. "
        + "Where standard output is no terminal, lines end as the process writes them. When nobody reads standard output any more, or the terminal that cctl was started from is gone, the process's terminal is hung up; "
        + "a first process that leaves SIGHUP to its default is ended.\n"
        + "Started with & the process runs, and what is typed stays the shell's until fg. After cctl itself was killed with SIGKILL, bash and zsh put their terminal right; elsewhere stty sane does.";

    internal static CctlCommand Create(Globals globals)
    {
        var options = new CreationOptions();
        Option<bool> detach = Globals.Flag("--detach", "return as soon as the process has started", "-d");
        Option<bool> keep = Globals.Flag("--keep", "do not delete the container when its process ends");
        var command = new CctlCommand(
            "run",
            "create and start a container; in the foreground, wait for its process and return its exit status",
            "cctl spec --rootfs && cctl run demo\ncctl run --bundle /var/lib/demo --detach web")
        {
            Details = Foreground,
        };
        options.AddTo(command);
        command.Options.Add(detach);
        command.Options.Add(keep);
        command.SetAction(parsed =>
        {
            if (!options.NamesBundle(parsed))
            {
                RequireBundleHere(options.Id(parsed));
            }

            return ContainerCreator.Run(options.Read(parsed, globals) with { Detach = parsed.GetValue(detach), Keep = parsed.GetValue(keep) });
        });
        return command;
    }

    // Without --bundle the word may be an image one day: only a directory that is a bundle makes it an id.
    private static void RequireBundleHere(string word)
    {
        Errno errno = FileText.TryRead(Abi.AT_FDCWD, "config.json", out byte[] bytes, Bundle.LongestConfig);
        if (errno == Errno.ENOENT)
        {
            string bundle = Directory.Exists(word) && File.Exists(System.IO.Path.Combine(word, "config.json")) ? $"{word} is a bundle: cctl run --bundle {word} ID; or " : string.Empty;
            throw new ContainerException(
                $"run {word}: no config.json here: {bundle}go to a bundle, name one with --bundle, or make one with cctl spec");
        }

        if (errno == Errno.OK && bytes.AsSpan().IndexOf("\"ociVersion\""u8) < 0)
        {
            DocumentFile.Config("config.json", bytes);
            throw new ContainerException(
                $"run {word}: ./config.json is not an OCI config (it has no ociVersion): change to a bundle, or name one with --bundle");
        }
    }
}
