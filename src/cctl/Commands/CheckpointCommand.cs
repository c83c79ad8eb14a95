using System.CommandLine;
using Cctl.Cli;
using Runtime.Checkpoint;

namespace Cctl.Commands;

/// <summary><c>checkpoint</c>: write a running container's processes to files.</summary>
internal static class CheckpointCommand
{
    internal static CctlCommand Create(Globals globals)
    {
        var criu = new CriuOptions();
        Option<string?> parentPath = Globals.Text("--parent-path", "DIR", "directory of the images before, from --pre-dump: relative to --image-path");
        Option<bool> leaveRunning = Globals.Flag("--leave-running", "let the container go on");
        Option<bool> preDump = Globals.Flag("--pre-dump", "write memory only and let the container go on, so that the checkpoint itself is short");
        Option<string?> pageServer = Globals.Text("--page-server", "ADDRESS:PORT", "send memory to a criu page-server");
        Option<string?> statusFd = Globals.Text("--status-fd", "FD", "with --lazy-pages: a descriptor that gets a zero byte when pages can be fetched");
        Argument<string> id = Arguments.Id();
        var command = new CctlCommand(
            "checkpoint",
            "write a running container's processes to files, with criu",
            "cctl checkpoint --image-path /var/tmp/web web\ncctl restore --bundle /var/lib/demo --image-path /var/tmp/web --detach web")
        {
            Details = "The container is deleted afterwards, unless --leave-running or --pre-dump lets it go on. Its bundle stays; restore needs it, "
                + "with the root filesystem as it was.\n"
                + "A chain: --pre-dump --image-path 1, then --pre-dump --image-path 2 --parent-path ../1, then a checkpoint with --image-path 3 --parent-path ../2.",
        };
        foreach (Option option in (Option[])[.. criu.All, parentPath, leaveRunning, preDump, pageServer, statusFd])
        {
            command.Options.Add(option);
        }

        command.Arguments.Add(id);
        command.SetAction(parsed =>
        {
            (string Address, int Port)? server = parsed.GetValue(pageServer) is { Length: > 0 } text ? CriuOptions.PageServer(text) : null;
            ContainerCheckpoint.Run(new CheckpointOptions
            {
                Id = parsed.GetValue(id)!,
                StateRoot = globals.StateRoot,
                ImagePath = criu.ImagePath(parsed),
                WorkPath = criu.WorkPath(parsed),
                PreDump = parsed.GetValue(preDump),
                StatusFd = parsed.GetValue(statusFd) is { Length: > 0 } fd ? Arguments.Count("--status-fd", fd) : -1,
                Criu = criu.Read(parsed) with
                {
                    LeaveRunning = parsed.GetValue(leaveRunning),
                    ParentImages = parsed.GetValue(parentPath) is { Length: > 0 } parent ? parent : null,
                    PageServerAddress = server?.Address,
                    PageServerPort = server?.Port ?? 0,
                },
            });
            return 0;
        });
        return command;
    }
}
