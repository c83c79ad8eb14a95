using System.CommandLine;
using Cctl.Cli;
using Runtime;
using Runtime.Launch;
using Runtime.Linux;

namespace Cctl.Commands;

/// <summary><c>run</c>: create and start a container, and in the foreground wait for its end.</summary>
internal static class RunCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        var options = new CreationOptions();
        Option<bool> detach = Globals.Flag("--detach", "return as soon as the process has started", "-d");
        Option<bool> keep = Globals.Flag("--keep", "do not delete the container when its process ends");
        var command = new CctlCommand(
            "run",
            "create and start a container; in the foreground, wait for its process and return its exit status",
            "cctl spec --rootfs && cctl run demo\ncctl run --bundle /var/lib/demo --detach web");
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

    // Without --bundle the word may be an image one day: only a folder that is a bundle makes it an id.
    private static void RequireBundleHere(string word)
    {
        Errno errno = FileText.TryRead(Abi.AT_FDCWD, "config.json", out byte[] bytes, Bundle.LongestConfig);
        if (errno == Errno.ENOENT)
        {
            throw new ContainerException(
                $"run {word}: no config.json here: go to a bundle, name one with --bundle, or make one with cctl spec");
        }

        if (errno == Errno.OK && bytes.AsSpan().IndexOf("\"ociVersion\""u8) < 0)
        {
            throw new ContainerException(
                $"run {word}: the config.json here is no bundle's, it has no ociVersion: go to a bundle, or name one with --bundle");
        }
    }
}
