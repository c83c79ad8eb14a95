using OciSpec;
using Runtime.Cgroups;
using Runtime.Hooks;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.State;

namespace Runtime.Checkpoint;

/// <summary>Writes a running container's processes to files, with criu.</summary>
public static class ContainerCheckpoint
{
    private const string LogName = "dump.log";

    /// <summary>
    /// Checkpoints a container. It is gone afterwards, unless it is to go on (<see cref="CriuSwitches.LeaveRunning"/>,
    /// <see cref="CheckpointOptions.PreDump"/>).
    /// </summary>
    /// <exception cref="ContainerException">It does not run, criu is missing, or criu failed: its first error is in the message.</exception>
    public static void Run(CheckpointOptions options)
    {
        using StateStore store = StateStore.OpenExisting(options.StateRoot);
        using ContainerDirectory directory = store.OpenLocked(options.Id);
        ContainerRecord record = directory.TryReadRecord() ?? throw ContainerException.DoesNotExist(options.Id, options.StateRoot);
        RequireRunning(directory, record);
        CheckpointSupport.Require(record.Rootless);
        RuntimeConfig config = directory.ReadConfig();
        CheckpointSupport.RequireOwnMounts(config);
        using Fd images = ImageFolder.Make("--image-path", options.ImagePath);
        RequireParent(options.Criu.ParentImages, images);
        using Fd? ownWork = options.WorkPath is string path ? ImageFolder.Make("--work-path", path) : null;
        Fd work = ownWork ?? images;
        ImageFolder.ClearLogs(work, LogName);

        string[] streams = StandardStreams.Of(record.Init.Pid);
        if (!options.PreDump)
        {
            // First: with --lazy-pages the guest is restored while this still waits.
            StandardStreams.Save(images, streams);
        }

        using CgroupYard? yard = CgroupYard.Make(directory.DirFd, directory.Path);
        CriuRequest request = Request(options, config, record, images, work, streams, yard?.Path);
        using (CriuSession criu = CriuSession.Start(null, quiet: true, noNewPrivileges: false, keyring: null, []))
        {
            CriuReply? reply = criu.Ask(request, (script, _, fd) => Notified(script, fd, options.StatusFd));
            if (reply is not { Success: true })
            {
                throw Failure(options, reply, work);
            }
        }

        if (options.PreDump)
        {
            return;
        }

        if (!options.Criu.LeaveRunning)
        {
            ContainerDeleter.Release(record, new RuntimeHooks());
            directory.Remove();
        }
    }

    private static CriuRequest Request(CheckpointOptions options, RuntimeConfig config, ContainerRecord record, Fd images, Fd work, string[] streams, string? yard)
    {
        int pid = record.Init.Pid;
        var request = new CriuRequest
        {
            Type = options.PreDump ? CriuRequestType.PreDump : CriuRequestType.Dump,
            ImagesFd = images.Number,
            WorkFd = work.Number,
            LogFile = LogName,
            Pid = pid,
            Root = record.Rootfs,
            CgroupYard = yard,
            Switches = options.Criu with { ConfigFile = CheckpointSupport.ConfigFile(config) },
            FreezeCgroup = Path(record.OpenCgroup()),
        };
        request.External.AddRange(ExternalNamespaces.LeftOut(config, pid));
        request.External.AddRange(StandardStreams.Files(streams));
        foreach ((string point, string key) in ExternalMounts.Find(config, record.Bundle, pid))
        {
            if (point.Contains(']', StringComparison.Ordinal))
            {
                throw new ContainerException($"checkpoint: {point} is mounted from the host: criu cannot name a place with ] in it");
            }

            request.External.Add($"mnt[{point}]:{key}");
        }

        return request;
    }

    private static string? Path(Cgroup? cgroup)
    {
        cgroup?.Dispose();
        return cgroup?.Path;
    }

    private static void Notified(string script, Fd? fd, int statusFd)
    {
        fd?.Dispose();
        if (script == "status-ready" && statusFd >= 0)
        {
            // As runc does: one zero byte, and the end.
            Sys.TryWrite(statusFd, [0]);
            Sys.Close(statusFd);
        }
    }

    private static void RequireRunning(ContainerDirectory directory, ContainerRecord record)
    {
        ContainerStatus status = StatusProbe.Of(directory, record);
        if (status is not (ContainerStatus.Running or ContainerStatus.Paused))
        {
            string why = status == ContainerStatus.Stopped ? "container not running" : "only a running or paused one can be checkpointed";
            throw new ContainerException($"cannot checkpoint container \"{record.Id}\" that is {status.Name()}: {why}");
        }
    }

    private static void RequireParent(string? parent, Fd images)
    {
        if (parent is null)
        {
            return;
        }

        if (parent.StartsWith('/'))
        {
            throw new ContainerException($"--parent-path {parent}: it must be relative to --image-path, so that the chain can be moved");
        }

        ImageFolder.RequireNear("--parent-path", parent);

        Errno errno = Sys.TryAccess(images.Number, parent, Abi.F_OK, 0);
        if (errno != Errno.OK)
        {
            throw new ContainerException($"--parent-path {parent}: {errno.Name()}: there is no such directory, seen from --image-path");
        }
    }

    private static ContainerException Failure(CheckpointOptions options, CriuReply? reply, Fd work)
    {
        string log = System.IO.Path.Combine(System.IO.Path.GetFullPath(options.WorkPath ?? options.ImagePath), LogName);
        return CheckpointSupport.Failure($"checkpoint container \"{options.Id}\"", reply, work, LogName, log);
    }
}
