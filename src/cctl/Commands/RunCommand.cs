using System.CommandLine;
using Cctl.Cli;
using Cctl.Commands.Containers;
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

    private const string ExplainedId = "explained-container";

    private const string Images =
        "An image's container has docker's capabilities at most, a seccomp filter of cctl's own, and, of root's, a user namespace with a range of 65536 ids of its own; files of the image and of bound directories keep the owners that they have on disk. "
        + "--privileged, --pid host and --network ns:PATH go with the host's user namespace. Its network is loopback alone, unless --network says otherwise. What a detached one prints is not kept.\n"
        + "The exit status is the process's; 125 where cctl fails, 126 where the command cannot be executed, 127 where it is not found.\n"
        + "In a directory with a config.json, and with --bundle or --config, the word is a new container's id, and the bundle is run.\n";

    internal static CctlCommand Create(Globals globals)
    {
        var options = new CreationOptions();
        CctlCommand bundle = OfBundle(globals, options);
        return IsBundle(globals, options, bundle) ? bundle : OfImage(globals);
    }

    private static CctlCommand OfBundle(Globals globals, CreationOptions options)
    {
        CctlCommand command = New(options, out Option<bool> detach, out Option<bool> keep, isImage: false);
        Argument<string> id = Arguments.Id();
        command.Arguments.Add(id);
        command.SetAction(parsed =>
        {
            if (!options.NamesBundle(parsed))
            {
                RequireBundleHere(parsed.GetValue(id)!);
            }

            return ContainerCreator.Run(options.Read(parsed, globals, parsed.GetValue(id)!) with { Detach = parsed.GetValue(detach), Keep = parsed.GetValue(keep) });
        });
        return command;
    }

    private static CctlCommand OfImage(Globals globals)
    {
        var options = new CreationOptions();
        var run = new RunOptions();
        CctlCommand command = New(options, out Option<bool> detach, out _, isImage: true);
        var image = new Argument<string>("IMAGE") { Description = "the image; the new container's id, where a bundle is run", Arity = ArgumentArity.ExactlyOne };
        var words = new Argument<string[]>("COMMAND") { Description = "the command, or arguments of the image's entry point", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> explain = Globals.Text("--explain", "text|json", "do nothing, and print what would be done: see cctl explain");
        run.AddTo(command);
        command.Options.Add(explain);
        command.Arguments.Add(image);
        command.Arguments.Add(words);
        command.SetAction(parsed =>
        {
            if (options.NamesBundle(parsed))
            {
                throw new UsageException("run: --bundle and --config are not for images: with them only options of a bundle can be given");
            }

            var container = new ImageRun(globals, run, parsed, parsed.GetValue(image)!, parsed.GetValue(words) ?? []);
            CreateOptions creation = options.Read(parsed, globals, ExplainedId) with { Detach = parsed.GetValue(detach) };
            if (parsed.GetValue(explain) is not { } form)
            {
                return container.Run(creation);
            }

            if (container.Explain(creation) is not { } explained)
            {
                return ImageRun.FailureStatus;
            }

            ExplainCommand.Print(Globals.OneOf("--explain", form, "text", "text", "json") == "json", explained);
            return 0;
        });
        return command;
    }

    private static CctlCommand New(CreationOptions options, out Option<bool> detach, out Option<bool> keep, bool isImage)
    {
        detach = Globals.Flag("--detach", "return as soon as the process has started", "-d");
        keep = Globals.Flag("--keep", "of a bundle: do not delete the container when its process ends");
        var command = new CctlCommand(
            "run",
            "create and start a container on an image, or from a bundle; in the foreground, wait for its process and return its exit status",
            "cctl run --rm -it alpine sh\ncctl run -d --name web --network host nginx\ncctl spec --rootfs && cctl run demo\ncctl run --bundle /var/lib/demo --detach web")
        {
            Details = Images + Foreground,
            StopsAtFirstArgument = isImage,
            FailureStatus = isImage ? ImageRun.FailureStatus : CommandLine.Failure,
        };
        options.AddTo(command);
        command.Options.Add(detach);
        command.Options.Add(keep);
        return command;
    }

    /// <summary>
    /// Whether a bundle is run, by words that a bundle's alone may have: it is named among the options before the first word, or the
    /// working directory is one. Who asks for help is shown all.
    /// </summary>
    private static bool IsBundle(Globals globals, CreationOptions creation, CctlCommand command)
    {
        string[] words = globals.Arguments;
        if (words.Length == 0 || Array.IndexOf(words, "--help") >= 0)
        {
            return false;
        }

        if (Sys.TryAccess(Abi.AT_FDCWD, "config.json", 0, 0) == Errno.OK)
        {
            return true;
        }

        for (int i = ArgumentScan.FindCommand(words, globals.Options) + 1; i < words.Length && ArgumentScan.Find(words[i], [.. command.Options, .. globals.Options]) is { } option; i++)
        {
            if (creation.IsBundle(option))
            {
                return true;
            }

            i += ArgumentScan.TakesNext(option, words[i]) ? 1 : 0;
        }

        return false;
    }

    private static void RequireBundleHere(string word)
    {
        Errno errno = FileText.TryRead(Abi.AT_FDCWD, "config.json", out byte[] bytes, Bundle.LongestConfig);
        if (errno == Errno.OK && bytes.AsSpan().IndexOf("\"ociVersion\""u8) < 0)
        {
            DocumentFile.Config("config.json", bytes);
            throw new ContainerException(
                $"run {word}: ./config.json is not an OCI config (it has no ociVersion): change to a bundle, name one with --bundle, or run an image from another directory");
        }
    }
}
