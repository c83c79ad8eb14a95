using Runtime.Cgroups;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using Runtime.State;
using static Runtime.Linux.Abi;

namespace Runtime.Lifecycle;

/// <summary>Sends signals to containers.</summary>
public static class ContainerKiller
{
    /// <summary>
    /// Sends a signal to the first process, by pidfd. SIGKILL of a container without a pid namespace of its own goes to all of
    /// it, also when the first process is gone: with a pid namespace the kernel sees to that (pid_namespaces(7)).
    /// </summary>
    /// <exception cref="ContainerException">It does not exist, or is not running (<c>container not running</c>).</exception>
    public static void Signal(StateStore store, string id, int signal)
    {
        using ContainerDirectory directory = store.OpenContainer(id);
        ContainerRecord? record = directory.TryReadRecord();
        bool killed = signal == SIGKILL && record?.Cgroup?.Path is { } path && SharesPids(directory) && TryKillAll(path);
        Errno errno = record is null ? Errno.ESRCH : TrySignal(record.Init, signal);
        if (errno == Errno.ESRCH)
        {
            if (killed)
            {
                return;
            }

            throw NotRunning(id);
        }

        Require(errno, record!, signal);
    }

    /// <summary>
    /// Sends a signal to every process of the container: SIGKILL through cgroup.kill, others one by one. A stopped
    /// container without processes is no error, so that callers may clean up twice.
    /// </summary>
    /// <exception cref="ContainerException">It does not exist.</exception>
    public static void SignalAll(StateStore store, string id, int signal)
    {
        using ContainerDirectory directory = store.OpenContainer(id);
        ContainerRecord? record = directory.TryReadRecord();
        using Cgroup? cgroup = record?.OpenCgroup();
        if (cgroup is not null)
        {
            SignalCgroup(cgroup, signal);
        }
        else if (record is not null)
        {
            Require(TrySignal(record.Init, signal), record, signal);
        }
    }

    /// <summary>Sends a signal to one process; ESRCH where it has ended, even when its pid was given to another.</summary>
    internal static Errno TrySignal(ProcessIdentity process, int signal)
    {
        Errno errno = process.TryOpen(out Fd? opened);
        if (opened is null)
        {
            return errno;
        }

        using Fd pidfd = opened;
        return Sys.TryPidfdSendSignal(pidfd.Number, signal);
    }

    private static void Require(Errno errno, ContainerRecord record, int signal)
    {
        if (errno is not (Errno.OK or Errno.ESRCH))
        {
            throw new ContainerException($"container \"{record.Id}\": send signal {signal} to process {record.Init.Pid}: {errno.InWords()}");
        }
    }

    private static bool SharesPids(ContainerDirectory directory)
    {
        try
        {
            return !NamespaceSet.Of(directory.ReadConfig()).Makes(Abi.CLONE_NEWPID);
        }
        catch (ContainerException) // not for lack of descriptors: SyscallException
        {
            return false; // It is only being created, or was removed meanwhile.
        }
    }

    private static bool TryKillAll(string path)
    {
        using Cgroup? cgroup = Cgroup.Open(path);
        if (cgroup is not { IsPopulated: true })
        {
            return false;
        }

        cgroup.Kill();
        return true;
    }

    private static void SignalCgroup(Cgroup cgroup, int signal)
    {
        if (signal == SIGKILL)
        {
            cgroup.Kill();
            return;
        }

        // A guest may have more processes than this one may have descriptors.
        const int AtOnce = 256;
        List<int> pids = cgroup.Processes();
        for (int i = 0; i < pids.Count; i += AtOnce)
        {
            SignalListed(cgroup, pids.GetRange(i, Math.Min(AtOnce, pids.Count - i)), signal);
        }
    }

    // A pid that was read may be another's by now. Those that are still listed once their pidfds are open are meant.
    private static void SignalListed(Cgroup cgroup, List<int> pids, int signal)
    {
        var open = new List<(int Pid, Fd Pidfd)>();
        try
        {
            foreach (int pid in pids)
            {
                Errno errno = Sys.TryPidfdOpen(pid, out Fd? pidfd);
                if (pidfd is not null)
                {
                    open.Add((pid, pidfd));
                }
                else if (errno.IsShortage())
                {
                    throw new SyscallException($"pidfd_open({pid})", errno);
                }
            }

            var listed = new HashSet<int>(cgroup.Processes());
            foreach ((int pid, Fd pidfd) in open)
            {
                if (listed.Contains(pid))
                {
                    Sys.TryPidfdSendSignal(pidfd.Number, signal);
                }
            }
        }
        finally
        {
            foreach ((_, Fd pidfd) in open)
            {
                pidfd.Dispose();
            }
        }
    }

    private static ContainerException NotRunning(string id) =>
        new($"container not running: container \"{id}\": its first process has ended: delete removes what is left of it");
}
