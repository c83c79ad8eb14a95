using Runtime.Hooks;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.Namespaces;
using Runtime.Namespaces.Launch;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using Runtime.State;
using Tmds.Linux;

namespace Runtime.Launch;

/// <summary>Lets created containers go on (runtime.md, "Lifecycle", 7 to 9).</summary>
public static class ContainerStarter
{
    /// <summary>Starts a created container.</summary>
    /// <exception cref="ContainerException">It does not exist, or is not created.</exception>
    /// <exception cref="LaunchException">Its command could not be executed.</exception>
    public static void Start(string stateRoot, string id)
    {
        using StateStore store = StateStore.OpenExisting(stateRoot);
        using ContainerDirectory directory = store.OpenLocked(id);
        ContainerRecord record = directory.TryReadRecord() ?? throw ContainerException.DoesNotExist(id, stateRoot);
        ContainerStatus status = StatusProbe.Of(directory, record);
        if (status != ContainerStatus.Created)
        {
            throw new ContainerException($"cannot start container \"{id}\" that is {status.Name()}: only a created one can be started");
        }

        // Without the lock: the guest's own code decides how long a startContainer hook takes.
        (ControlMessage, string)? answer;
        using (Fd connection = directory.ConnectToStart())
        {
            directory.Unlock();
            answer = StartSocket.Answer(connection);
        }

        // Its descriptor is free again for what follows, which may not fail for lack of one: the guest runs.
        if (answer is var (failure, said))
        {
            WaitForEnd(record);
            if ((OperationTag)failure.Third == OperationTag.Hook)
            {
                // runtime.md, "Lifecycle", 7: such a container is destroyed. One whose command fails is the caller's to delete.
                ContainerDeleter.EndFailed(directory, record, new RuntimeHooks());
            }

            throw Word(directory, record, failure, said);
        }

        directory.WaitForExecution();
        Sys.TryUnlinkAt(directory.DirFd, ContainerDirectory.StartSocketName, 0);
        if (record.PoststartHooks is { Count: > 0 } hooks)
        {
            RunPoststart(directory, record, hooks);
        }
    }

    /// <summary>Runs the poststart hooks; with one that fails the container is ended and removed (runtime.md, "Lifecycle", 9).</summary>
    /// <exception cref="LaunchException">One of them failed.</exception>
    internal static void RunPoststart(ContainerDirectory directory, ContainerRecord record, IReadOnlyList<OciSpec.Hook> hooks)
    {
        try
        {
            RuntimeHooks.Run("poststart", hooks, new ContainerView(record.Id, record, ContainerStatus.Running).ToState());
        }
        catch (LaunchException)
        {
            ContainerDeleter.EndFailed(directory, record, new RuntimeHooks());
            throw;
        }
    }

    /// <summary>The first process ends by itself once it has told what failed: from then on the container is stopped.</summary>
    private static void WaitForEnd(ContainerRecord record)
    {
        const int EndMilliseconds = 5000;
        record.Init.TryOpen(out Fd? opened);
        using Fd? pidfd = opened;
        if (pidfd is not null)
        {
            Span<pollfd> polled = [new pollfd { fd = pidfd.Number, events = Abi.POLLIN }];
            Sys.Poll(polled, EndMilliseconds);
        }
    }

    // The plan is not at hand here: what can fail after `create` is a hook of the guest's side, the filter, the command.
    private static LaunchException Word(ContainerDirectory directory, ContainerRecord record, ControlMessage failure, string said)
    {
        var errno = (Errno)failure.Second;
        if ((failure.Second & ControlMessage.HookStatus) != 0)
        {
            return new LaunchException("/hooks/startContainer", $"a hook failed: {HookEnding.Of(failure.Second, said)}");
        }

        return (OperationTag)failure.Third switch
        {
            OperationTag.Exec when record.Command is null => new LaunchException("/process", "missing: there is nothing to run"),
            OperationTag.Exec => new LaunchException("/process/args/0", $"exec: \"{record.Command}\"", errno, CommandHint(directory, record, errno)),
            OperationTag.Hook => new LaunchException("/hooks/startContainer", "run the hooks", errno, said.Length == 0 ? Hints.For(HintKind.Hook, errno) : $"{Hints.For(HintKind.Hook, errno)}: {said}"),
            _ => new LaunchException(string.Empty, $"start container \"{record.Id}\" (operation {failure.First})", errno, string.Empty),
        };
    }

    // The search has ended before `create` did: what fails now is execve(2).
    private static string CommandHint(ContainerDirectory directory, ContainerRecord record, Errno errno)
    {
        try
        {
            OciSpec.RuntimeConfig config = directory.ReadConfig();
            return (config.Process is { Args.Count: > 0 } ? CommandFailure.Hint(ResolvedConfig.Of(config, record.Bundle), record.Rootfs, errno, executed: true) : null)
                ?? Hints.For(HintKind.Command, errno);
        }
        catch (Exception e) when (e is ContainerException or OciSpec.ConfigException)
        {
            return Hints.For(HintKind.Command, errno);
        }
    }
}
