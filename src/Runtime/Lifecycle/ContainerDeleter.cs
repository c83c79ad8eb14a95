using Runtime.Cgroups;
using Runtime.Hooks;
using Runtime.Linux;
using Runtime.Owned;
using Runtime.State;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Lifecycle;

/// <summary>
/// Removes containers, and whatever a killed cctl process left of one. Every step may find its work done already, and
/// the record goes last: a delete that is killed at any point is finished by the next.
/// </summary>
public static class ContainerDeleter
{
    private const int EndMilliseconds = 10_000;

    /// <summary>
    /// Removes a container: its processes, what it owns, then runs its poststop hooks, then its directory.
    /// One that only waits for <c>start</c> is killed first, as runc does.
    /// </summary>
    /// <param name="store">The state root.</param>
    /// <param name="id">The container.</param>
    /// <param name="force">Kill it where it runs; an id that no container has is no error then.</param>
    /// <param name="hooks">Runs the poststop hooks; null runs none.</param>
    /// <exception cref="ContainerException">It does not exist, runs, or is being worked on by another process.</exception>
    public static void Delete(StateStore store, string id, bool force, IHookRunner? hooks)
    {
        ContainerId.Check(id);
        using (ContainerDirectory? there = store.TryOpenNamed(id))
        {
            if (there is null)
            {
                if (force)
                {
                    return;
                }

                throw ContainerException.DoesNotExist(id, store.Root);
            }

            if (!force)
            {
                RefuseUnlessOver(there);
            }
        }

        using ContainerDirectory? directory = OpenLocked(store, id, force);
        if (directory is null)
        {
            return;
        }

        ContainerRecord? record = ReadRecord(directory, force);
        if (!force)
        {
            // Again under the lock: it may have been started meanwhile.
            RefuseUnlessOver(directory);
        }

        if (record is not null)
        {
            Release(record, hooks);
        }

        directory.Remove();
    }

    /// <summary>
    /// Removes a container whose first process this process has waited for, without reading back what it wrote itself.
    /// That another cctl deleted it meanwhile is no error.
    /// </summary>
    internal static void DeleteEnded(ContainerDirectory directory, ContainerRecord record, IHookRunner? hooks)
    {
        try
        {
            directory.Lock(EndMilliseconds);
        }
        catch (ContainerException) when (directory.IsRemoved)
        {
            return;
        }

        Release(record, null, hooks);
        directory.Remove();
    }

    /// <summary>
    /// Ends and removes a container that was started and failed all the same, running or not. Whoever calls it has the
    /// failure to tell; what goes wrong here is a warning.
    /// </summary>
    internal static void EndFailed(ContainerDirectory directory, ContainerRecord record, IHookRunner? hooks)
    {
        try
        {
            directory.Lock(EndMilliseconds);
            Release(record, hooks);
            directory.Remove();
        }
        catch (Exception e) when (e is CgroupException or ContainerException or SyscallException)
        {
            if (!directory.IsRemoved)
            {
                RuntimeLog.Warn($"clean up after the failure: {e.Message}: delete --force \"{record.Id}\" finishes it");
            }
        }
    }

    /// <summary>Everything outside the directory: processes, what the container owns, and then the poststop hooks.</summary>
    internal static void Release(ContainerRecord record, IHookRunner? hooks)
    {
        // The pidfd comes before the kill: once the process is gone there is nothing left to wait on.
        using Fd? pidfd = record.Init.TryOpenLiving();
        Release(record, pidfd, hooks);
    }

    private static void Release(ContainerRecord record, Fd? first, IHookRunner? hooks)
    {
        if (first is not null || record.Cgroup?.TryRemoveEmpty() == false)
        {
            EndProcesses(record, first);
        }

        OwnedResources.Release(record.Owned);
        if (record.PoststopHooks is { Count: > 0 } poststop && hooks is not null)
        {
            hooks.RunPoststop(poststop, new ContainerView(record.Id, record, ContainerStatus.Stopped).ToState());
        }
    }

    // Null where another delete was faster, which with force is as good.
    private static ContainerDirectory? OpenLocked(StateStore store, string id, bool force)
    {
        ContainerDirectory? directory = store.TryOpenNamed(id);
        try
        {
            directory?.Lock(EndMilliseconds);
        }
        catch (ContainerException) when (force && directory!.IsRemoved)
        {
            directory.Dispose();
            return null;
        }
        catch
        {
            directory!.Dispose();
            throw;
        }

        return directory ?? (force ? null : throw ContainerException.DoesNotExist(id, store.Root));
    }

    private static ContainerRecord? ReadRecord(ContainerDirectory directory, bool force)
    {
        try
        {
            return directory.TryReadRecord();
        }
        catch (ContainerException e) when (force)
        {
            RuntimeLog.Warn($"{e.Message}; processes and a cgroup of it may be left");
            return null;
        }
    }

    private static void RefuseUnlessOver(ContainerDirectory directory)
    {
        ContainerStatus status = ContainerView.Of(directory).Status;
        if (status is not (ContainerStatus.Stopped or ContainerStatus.Created))
        {
            throw new ContainerException(
                $"cannot delete container \"{directory.Id}\" that is not stopped: it is {status.Name()}: "
                + $"end it with \"cctl kill {directory.Id} KILL\", or use delete --force");
        }
    }

    // None is left when this returns: what the container owns is released after them.
    private static void EndProcesses(ContainerRecord record, Fd? first)
    {
        using Cgroup? cgroup = record.OpenCgroup();
        bool isPopulated = cgroup is { IsPopulated: true };
        if (isPopulated)
        {
            cgroup!.Kill();
        }

        if (first is not null)
        {
            Sys.TryPidfdSendSignal(first.Number, SIGKILL);
            Span<pollfd> polled = [new pollfd { fd = first.Number, events = POLLIN }];
            if (Sys.Poll(polled, EndMilliseconds) == 0)
            {
                throw Stuck(record, $"process {record.Init.Pid}");
            }
        }

        if (isPopulated && !cgroup!.WaitEmpty(EndMilliseconds))
        {
            throw Stuck(record, cgroup.Processes() is [int left, ..] ? $"process {left}" : $"a process in {cgroup.Path}");
        }
    }

    private static ContainerException Stuck(ContainerRecord record, string process) => new(
        $"container \"{record.Id}\": {process} has not ended {EndMilliseconds / 1000} s after SIGKILL: "
        + "it is stuck in the kernel: try again later");
}
