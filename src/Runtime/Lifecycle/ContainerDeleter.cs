using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;
using Runtime.Hooks;
using Runtime.Launch;
using Runtime.Linux;
using Runtime.State;
using static Runtime.Linux.Abi;

namespace Runtime.Lifecycle;

/// <summary>
/// Removes containers, and whatever a killed cctl process left of one. Every step may find its work done already, and
/// the record goes last: a delete that is killed at any point is finished by the next.
/// </summary>
public static class ContainerDeleter
{
    private const int EndMilliseconds = 10_000;
    private const string SystemdDriver = "systemd";

    /// <summary>
    /// Removes a container: its processes, its cgroup, its resctrl group, then runs its poststop hooks, then its folder.
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
        using (ContainerFolder? there = store.TryOpenFolder(id))
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

        using ContainerFolder? folder = OpenLocked(store, id, force);
        if (folder is null)
        {
            return;
        }

        ContainerRecord? record = ReadRecord(folder, force);
        if (!force)
        {
            // Again under the lock: it may have been started meanwhile.
            RefuseUnlessOver(folder);
        }

        if (record is not null)
        {
            Release(record, hooks);
        }

        folder.Remove();
    }

    /// <summary>
    /// Removes a container whose first process this process has waited for, without reading back what it wrote itself.
    /// That another cctl deleted it meanwhile is no error.
    /// </summary>
    internal static void DeleteEnded(ContainerFolder folder, ContainerRecord record, IHookRunner? hooks)
    {
        try
        {
            folder.Lock(EndMilliseconds);
        }
        catch (ContainerException) when (folder.IsRemoved)
        {
            return;
        }

        if (!IsEmptyCgroupGone(record))
        {
            EndProcesses(record, null);
        }

        ReleaseRest(record, hooks);
        folder.Remove();
    }

    /// <summary>
    /// Ends and removes a container that was started and failed all the same, running or not. Whoever calls it has the
    /// failure to tell; what goes wrong here is a warning.
    /// </summary>
    internal static void EndFailed(ContainerFolder folder, ContainerRecord record, IHookRunner? hooks)
    {
        try
        {
            folder.Lock(EndMilliseconds);
            Release(record, hooks);
            folder.Remove();
        }
        catch (Exception e) when (e is CgroupException or ContainerException or SyscallException)
        {
            if (!folder.IsRemoved)
            {
                RuntimeLog.Warn($"clean up after the failure: {e.Message}: delete --force \"{record.Id}\" finishes it");
            }
        }
    }

    /// <summary>Everything outside the folder: processes, cgroup, resctrl group, and then the poststop hooks.</summary>
    internal static void Release(ContainerRecord record, IHookRunner? hooks)
    {
        // The pidfd comes before the kill: once the process is gone there is nothing left to wait on.
        record.Init.TryOpen(out Fd? opened);
        using Fd? pidfd = opened;
        if (pidfd is not null || !IsEmptyCgroupGone(record))
        {
            EndProcesses(record, pidfd);
        }

        ReleaseRest(record, hooks);
    }

    private static void ReleaseRest(ContainerRecord record, IHookRunner? hooks)
    {
        if (record is { CgroupDriver: "systemd", CgroupPath: { } path })
        {
            // The scope goes with its cgroup, but in its own time: wait, so that the name is free again.
            new SystemdDriver().Remove(new CgroupRequest { Id = record.Id, Rootless = record.Rootless }, path, EndMilliseconds);
        }

        JoinedMounts.Remove(record);
        if (record.ResctrlPath is not null)
        {
            Sys.TryUnlinkAt(AT_FDCWD, record.ResctrlPath, AT_REMOVEDIR);
        }

        if (record.PoststopHooks is { Count: > 0 } poststop && hooks is not null)
        {
            hooks.RunPoststop(poststop, new ContainerView(record.Id, record, ContainerStatus.Stopped).ToState());
        }
    }

    // The usual case: the first process was the last, and one call shows and does it all.
    private static bool IsEmptyCgroupGone(ContainerRecord record) =>
        record.CgroupPath is null
        || (record.CgroupDriver != SystemdDriver
            && Sys.TryUnlinkAt(AT_FDCWD, record.CgroupPath, AT_REMOVEDIR) is (Errno.OK or Errno.ENOENT or Errno.ENODEV));

    // Null where another delete was faster, which with force is as good.
    private static ContainerFolder? OpenLocked(StateStore store, string id, bool force)
    {
        ContainerFolder? folder = store.TryOpenFolder(id);
        try
        {
            folder?.Lock(EndMilliseconds);
        }
        catch (ContainerException) when (force && folder!.IsRemoved)
        {
            folder.Dispose();
            return null;
        }
        catch
        {
            folder!.Dispose();
            throw;
        }

        return folder ?? (force ? null : throw ContainerException.DoesNotExist(id, store.Root));
    }

    private static ContainerRecord? ReadRecord(ContainerFolder folder, bool force)
    {
        try
        {
            return folder.TryReadRecord();
        }
        catch (ContainerException e) when (force)
        {
            RuntimeLog.Warn($"{e.Message}; processes and a cgroup of it may be left");
            return null;
        }
    }

    private static void RefuseUnlessOver(ContainerFolder folder)
    {
        ContainerStatus status = ContainerView.Of(folder).Status;
        if (status is not (ContainerStatus.Stopped or ContainerStatus.Created))
        {
            throw new ContainerException(
                $"cannot delete container \"{folder.Id}\" that is not stopped: it is {status.Name()}: "
                + $"end it with kill \"{folder.Id}\" KILL, or use delete --force");
        }
    }

    private static void EndProcesses(ContainerRecord record, Fd? pidfd)
    {
        using Cgroup? cgroup = record.CgroupPath is null ? null : Cgroup.Open(record.CgroupPath);
        if (cgroup is { IsPopulated: true })
        {
            cgroup.Kill();
        }

        if (pidfd is not null)
        {
            Sys.TryPidfdSendSignal(pidfd.Number, SIGKILL);
            Span<pollfd> polled = [new pollfd { fd = pidfd.Number, events = POLLIN }];
            if (Sys.Poll(polled, EndMilliseconds) == 0)
            {
                throw new ContainerException(
                    $"container \"{record.Id}\": process {record.Init.Pid} has not ended {EndMilliseconds / 1000} s after SIGKILL: "
                    + "it is stuck in the kernel: try again later");
            }
        }

        if (record.CgroupPath is not null)
        {
            RemoveCgroup(record, record.CgroupPath);
        }
    }

    private static void RemoveCgroup(ContainerRecord record, string path)
    {
        if (record.CgroupDriver == SystemdDriver)
        {
            try
            {
                // The scope is systemd's: until it has stopped, a container of the same name cannot be made.
                Drivers.Of(SystemdDriver).Remove(new CgroupRequest { Id = record.Id, Rootless = record.Rootless }, path, EndMilliseconds);
                return;
            }
            catch (CgroupException e)
            {
                RuntimeLog.Warn(e.Message);
            }
        }

        Cgroup.Remove(path, EndMilliseconds);
    }
}
