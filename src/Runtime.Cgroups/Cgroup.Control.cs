using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups;

public sealed partial class Cgroup
{
    /// <summary>
    /// Kills every process in the cgroup and below it, frozen ones too, with cgroup.kill (Linux 5.14); before that by
    /// freezing it and sending SIGKILL to each. Returns before they are gone. A cgroup that is gone is no error.
    /// </summary>
    /// <exception cref="CgroupException">The kernel refuses.</exception>
    public void Kill()
    {
        Errno errno = CgroupFile.TryWrite(Directory.Number, "cgroup.kill", "1");
        if (errno == Errno.ENOENT)
        {
            KillEach(10_000);
        }
        else if (errno is not (Errno.OK or Errno.ENODEV))
        {
            throw new CgroupException(string.Empty, $"write {Path}/cgroup.kill", errno, string.Empty);
        }
    }

    /// <summary>
    /// Freezes every process in the cgroup and below it and waits until all of them stand still;
    /// when the time is over they are let go again.
    /// </summary>
    /// <exception cref="CgroupException">The kernel refuses, or the time is over (ETIME).</exception>
    public void Freeze(int timeoutMilliseconds)
    {
        SetFreeze("1");
        Errno errno = CgroupEvents.TryWait(Directory.Number, static e => e.Frozen, timeoutMilliseconds);
        if (errno != Errno.OK)
        {
            CgroupFile.TryWrite(Directory.Number, "cgroup.freeze", "0");
            throw new CgroupException(string.Empty, $"freeze {Path}", errno, errno == Errno.ETIME
                ? $"a process did not stop within {timeoutMilliseconds} ms, often one in an uninterruptible wait; all were resumed"
                : string.Empty);
        }
    }

    /// <summary>Lets the processes run again, and waits until the kernel says so. An ancestor that is frozen holds them still.</summary>
    /// <exception cref="CgroupException">The kernel refuses, or the time is over (ETIME).</exception>
    public void Thaw(int timeoutMilliseconds)
    {
        SetFreeze("0");
        Errno errno = CgroupEvents.TryWait(Directory.Number, static e => !e.Frozen, timeoutMilliseconds);
        if (errno != Errno.OK)
        {
            throw new CgroupException(string.Empty, $"thaw {Path}", errno, errno == Errno.ETIME
                ? $"still frozen after {timeoutMilliseconds} ms: a cgroup above it is frozen"
                : string.Empty);
        }
    }

    /// <summary>The pids of all processes in the cgroup and below it, in the reader's pid namespace; empty where it is gone.</summary>
    public List<int> Processes()
    {
        var pids = new List<int>();
        AddProcesses(Directory.Number, pids);
        return pids;
    }

    /// <summary>Waits until no process is left in the cgroup and below it; false when the time is over. A cgroup that is gone is empty.</summary>
    public bool WaitEmpty(int timeoutMilliseconds) =>
        CgroupEvents.TryWait(Directory.Number, static e => !e.Populated, timeoutMilliseconds) != Errno.ETIME;

    private void SetFreeze(string value)
    {
        Errno errno = CgroupFile.TryWrite(Directory.Number, "cgroup.freeze", value);
        if (errno != Errno.OK)
        {
            throw new CgroupException(string.Empty, $"write {Path}/cgroup.freeze", errno, errno == Errno.ENOENT
                ? "the cgroup is gone, or it is the root of the hierarchy, which cannot be frozen"
                : string.Empty);
        }
    }

    private void KillEach(int timeoutMilliseconds)
    {
        // Frozen first, so that nothing forks between the reading of cgroup.procs and the signal.
        CgroupFile.TryWrite(Directory.Number, "cgroup.freeze", "1");
        CgroupEvents.TryWait(Directory.Number, static e => e.Frozen || !e.Populated, timeoutMilliseconds);
        foreach (int pid in Processes())
        {
            Sys.Raw(SyscallNumber.kill, pid, SIGKILL);
        }

        CgroupFile.TryWrite(Directory.Number, "cgroup.freeze", "0");
    }

    private static void AddProcesses(int dirfd, List<int> pids)
    {
        Errno errno = FileText.TryRead(dirfd, "cgroup.procs", out byte[] text);
        if (errno == Errno.EOPNOTSUPP)
        {
            // A threaded cgroup has no list of processes, only one of threads.
            FileText.TryRead(dirfd, "cgroup.threads", out text);
        }

        AddNumbers(text, pids);
        foreach (string child in CgroupTree.Children(dirfd))
        {
            if (Sys.TryOpenAt(dirfd, child, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? opened) == Errno.OK)
            {
                using Fd directory = opened!;
                AddProcesses(directory.Number, pids);
            }
        }
    }

    private static void AddNumbers(ReadOnlySpan<byte> text, List<int> numbers)
    {
        int number = 0;
        foreach (byte c in text)
        {
            if (c is >= (byte)'0' and <= (byte)'9')
            {
                number = (number * 10) + (c - '0');
            }
            else if (number > 0)
            {
                // 0 stands for a process of another pid namespace.
                numbers.Add(number);
                number = 0;
            }
        }
    }
}
