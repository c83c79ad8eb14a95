using System.CommandLine;
using Cctl.Cli;
using Runtime.Checkpoint;

namespace Cctl.Commands;

/// <summary><c>restore</c>: make a container from the files of a checkpoint.</summary>
internal static class RestoreCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        var creation = new CreationOptions();
        var criu = new CriuOptions();
        Option<bool> detach = Globals.Flag("--detach", "return as soon as the processes run", "-d");
        Option<bool> keep = Globals.Flag("--keep", "do not delete the container when its first process ends");
        Option<bool> noSubreaper = Globals.Flag("--no-subreaper", "for callers of runc: cctl never becomes a subreaper");
        Option<string?> lsmProfile = Globals.Text("--lsm-profile", "TYPE:NAME", "run under this profile instead: apparmor:NAME or selinux:LABEL");
        Option<string?> lsmMountContext = Globals.Text("--lsm-mount-context", "CONTEXT", "mount with this SELinux context instead");
        var command = new CctlCommand(
            "restore",
            "make a container from the files of a checkpoint, with criu; in the foreground, wait for its first process",
            "cctl checkpoint --image-path /var/tmp/web web\ncctl restore --bundle /var/lib/demo --image-path /var/tmp/web --detach web")
        {
            Details = "The bundle must be as it was: what of the host is mounted in the container is what its configuration says now, and the images only name places in it. "
                + "Images may come from anybody: before the processes run, their namespaces, capabilities, mounts and profiles are compared with the configuration.\n"
                + "Standard streams that were pipes are this command's own now; a terminal is a new one, sent to --console-socket, or shown by this command in the foreground.\n"
                + RunCommand.Foreground,
        };
        Argument<string> id = Arguments.Id();
        creation.AddTo(command);
        command.Arguments.Add(id);
        foreach (Option option in (Option[])[.. criu.All, detach, keep, noSubreaper, lsmProfile, lsmMountContext])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed => ContainerRestorer.Run(new RestoreOptions
        {
            Create = creation.Read(parsed, globals, parsed.GetValue(id)!) with { Detach = parsed.GetValue(detach), Keep = parsed.GetValue(keep) },
            ImagePath = criu.ImagePath(parsed),
            WorkPath = criu.WorkPath(parsed),
            Criu = criu.Read(parsed) with
            {
                LsmProfile = parsed.GetValue(lsmProfile) is { Length: > 0 } profile ? profile : null,
                LsmMountContext = parsed.GetValue(lsmMountContext) is { Length: > 0 } context ? context : null,
            },
        }));
        return command;
    }
}
