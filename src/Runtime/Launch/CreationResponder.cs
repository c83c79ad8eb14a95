using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Launch;
using Runtime.Owned;
using Runtime.Seccomp;
using Runtime.State;
using Runtime.Terminals;

namespace Runtime.Launch;

/// <summary>Does the runtime's part while the guest's first process sets itself up.</summary>
internal sealed class CreationResponder(
    CreateOptions options,
    NewContainer container,
    Fd startSocket,
    Fd? hookState) : ILaunchResponder
{
    private Fd? _pidfd;

    /// <summary>The terminal's master, for a foreground `run`; owned by this object's user.</summary>
    public Fd? Terminal { get; private set; }

    /// <summary>The resctrl group that the first process enters; null without one.</summary>
    public ResctrlGroup? Resctrl { get; init; }

    /// <summary>Whether the first process goes on by itself, to its startContainer hooks and its program.</summary>
    public bool StartsAtOnce { get; init; }

    /// <summary>Files and sockets of the caller's are told of a process only once it is one.</summary>
    public bool MayBeReadyAhead => options.PidFile is null && options.PidfdSocket is null;

    /// <inheritdoc/>
    public void Created(int pid, Fd pidfd)
    {
        // Only the child holds it now: it tells "created" from "running" until execve(2).
        startSocket.Dispose();
        _pidfd = pidfd;
        container.Directory.WriteConfig(container.Bundle.ConfigBytes);
        Resctrl?.Enter(pid);
        if (hookState is not null)
        {
            container.HooksRan |= container.Config.Hooks is { CreateContainer.Count: > 0 } || (StartsAtOnce && container.Config.Hooks is { StartContainer.Count: > 0 });
            Sys.Write(hookState.Number, ConfigFile.Write(container.StateOf(pid)));
        }
    }

    /// <inheritdoc/>
    public void AttachCgroup(int pid) => container.Attach(pid);

    /// <inheritdoc/>
    public void WriteIdMaps(int pid)
    {
        // Before the mappings: with them the child goes on.
        if (container.Config.Process?.OomScoreAdj is int score)
        {
            OomScore.Write(pid, score);
        }

        IdMapper.Write(pid, container.Config.Linux!);
    }

    /// <inheritdoc/>
    public void SetTimeOffsets(int pid) => TimeOffsets.Write(pid, container.Config.Linux!.TimeOffsets!);

    /// <inheritdoc/>
    public void MoveNetworkDevices(int pid) => NetworkDevices.Move(container.Config.Linux!.NetDevices!, pid);

    /// <inheritdoc/>
    public void RunRuntimeHooks(int pid) => container.RunRuntimeHooks(pid);

    /// <inheritdoc/>
    public void TakeTerminal(Fd master) => Terminal = TerminalOwner.Take(master, options.ConsoleSocket);

    /// <inheritdoc/>
    public void TakeSeccompListener(int pid, Fd listener)
    {
        using Fd owned = listener;
        LinuxSeccomp seccomp = container.Config.Linux!.Seccomp!;
        SeccompListener.Send(owned, seccomp.ListenerPath!, seccomp.ListenerMetadata, pid, container.StateOf(pid));
    }

    /// <inheritdoc/>
    public void CopyUp(int mount, Fd from, Fd to, bool takesRoot) => TmpfsCopier.Run($"/mounts/{mount}/options", from, to, takesRoot, container.Cgroup);

    /// <inheritdoc/>
    public void TakesLong() => container.Directory.Unlock();

    /// <inheritdoc/>
    public void Ready(int pid, bool ahead)
    {
        container.Record.Init = ProcessIdentity.Of(pid);
        container.Record.Phase = ahead ? CreationPhase.Launching : CreationPhase.Created;
        container.Directory.WriteRecord(container.Record);
        ProcessAnnouncement.Make(options.PidFile, options.PidfdSocket, pid, _pidfd!);

        // While the child, which inherited the lock with the directory's fd, still dies with this process: it must not hold it
        // longer. A child that goes on by itself is left alone until it has executed its program.
        if (!ahead)
        {
            container.Directory.Unlock();
        }
    }
}
