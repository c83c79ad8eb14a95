using OciSpec;
using Runtime.Console;
using Runtime.Hooks;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.Namespaces;
using Runtime.Namespaces.Launch;
using Runtime.Seccomp;
using Runtime.State;

namespace Runtime.Launch;

/// <summary>Does the runtime's part while the guest's first process sets itself up.</summary>
internal sealed class CreationSupervisor(
    CreateOptions options,
    Bundle bundle,
    ContainerFolder folder,
    ContainerRecord record,
    Fd initLock,
    Fd? hookState) : ILaunchSupervisor
{
    private Fd? _pidfd;

    /// <summary>The terminal's master, for a foreground `run`; owned by this object's user.</summary>
    public Fd? Terminal { get; private set; }

    /// <summary>Whether hooks ran, or may have, so that poststop has something to undo.</summary>
    public bool HooksRan { get; private set; }

    /// <summary>Puts the child into a cgroup that could not be made without it.</summary>
    public required Action<int> Attach { get; init; }

    /// <summary>The resctrl group that the first process enters; null without one.</summary>
    public ResctrlGroup? Resctrl { get; init; }

    /// <summary>Files and sockets of the caller's are told of a process only once it is one.</summary>
    public bool MayBeReadyAhead => options.PidFile is null && options.PidfdSocket is null;

    /// <inheritdoc/>
    public void Created(int pid, Fd pidfd)
    {
        // Only the child holds the lock now: it tells "created" from "running" until execve(2).
        initLock.Dispose();
        _pidfd = pidfd;
        folder.WriteConfig(bundle.ConfigBytes);
        Resctrl?.Enter(pid);
        if (hookState is not null)
        {
            HooksRan |= bundle.Config.Hooks is { CreateContainer.Count: > 0 };
            Sys.Write(hookState.Number, ConfigFile.Write(State(pid)));
        }
    }

    /// <inheritdoc/>
    public void AttachCgroup(int pid) => Attach(pid);

    /// <inheritdoc/>
    public void MapIds(int pid)
    {
        // Before the mappings: with them the child goes on.
        if (bundle.Config.Process!.OomScoreAdj is int score)
        {
            OomScore.Write(pid, score);
        }

        IdMapper.Write(pid, bundle.Config.Linux!);
    }

    /// <inheritdoc/>
    public void SetTimeOffsets(int pid) => TimeOffsets.Write(pid, bundle.Config.Linux!.TimeOffsets!);

    /// <inheritdoc/>
    public void MoveNetworkDevices(int pid) => NetworkDevices.Move(bundle.Config.Linux!.NetDevices!, pid);

    /// <inheritdoc/>
    public void RunRuntimeHooks(int pid)
    {
        HooksRan = true;
        ContainerState state = State(pid);
        RuntimeHooks.Run("prestart", bundle.Config.Hooks!.Prestart, state);
        RuntimeHooks.Run("createRuntime", bundle.Config.Hooks.CreateRuntime, state);
    }

    /// <inheritdoc/>
    public void TakeTerminal(Fd master) => Terminal = Console.TerminalOwner.Take(master, options.ConsoleSocket);

    /// <inheritdoc/>
    public void TakeSeccompListener(int pid, Fd listener)
    {
        using Fd owned = listener;
        LinuxSeccomp seccomp = bundle.Config.Linux!.Seccomp!;
        SeccompListener.Send(owned, seccomp.ListenerPath!, seccomp.ListenerMetadata, pid, State(pid));
    }

    /// <inheritdoc/>
    public void CopyUp(Fd from, Fd to, bool takesRoot) => TmpfsCopy.Copy(from, to, takesRoot);

    /// <inheritdoc/>
    public void Ready(int pid, bool ahead)
    {
        record.Init = ProcessIdentity.Of(pid);
        record.Phase = ahead ? CreationPhase.Launching : CreationPhase.Created;
        folder.WriteRecord(record);
        ProcessAnnouncement.Make(options.PidFile, options.PidfdSocket, pid, _pidfd!);

        // While the child, which inherited the lock with the folder's fd, still dies with this process: it must not hold it
        // longer. A child that goes on by itself is left alone until it has executed its program.
        if (!ahead)
        {
            folder.Unlock();
        }
    }

    private ContainerState State(int pid)
    {
        ContainerState state = new ContainerView(record.Id, record, ContainerStatus.Creating).ToState();
        state.Pid = pid;
        return state;
    }
}
