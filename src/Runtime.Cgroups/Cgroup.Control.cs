using System.Text;
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
        if (errno is Errno.ENOENT or Errno.EOPNOTSUPP)
        {
            // Of a threaded cgroup the kernel kills nothing at once: a process may have threads elsewhere.
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
    /// <exception cref="CgroupException">Some cannot be seen: this process has no descriptor or memory left.</exception>
    public List<int> Processes()
    {
        var pids = new List<int>();
        Errno missed = Errno.OK;
        Errno errno = CgroupTree.Walk(Directory.Number, (dirfd, depth) =>
        {
            Errno read = TryAddProcesses(dirfd, depth, pids);
            missed = read.IsShortage() ? read : missed;
        });
        errno = errno == Errno.OK ? missed : errno;
        return errno == Errno.OK ? pids : throw new CgroupException(string.Empty, $"list the processes in and below {Path}", errno, string.Empty);
    }

    /// <summary>Waits until no process is left in the cgroup and below it; false when the time is over. A cgroup that is gone is empty.</summary>
    /// <exception cref="CgroupException">It cannot be known: this process has no descriptor or memory left.</exception>
    public bool WaitEmpty(int timeoutMilliseconds)
    {
        Errno errno = CgroupEvents.TryWait(Directory.Number, static e => !e.Populated, timeoutMilliseconds);
        return errno.IsShortage() ? throw new CgroupException(string.Empty, $"read {Path}/{CgroupEvents.FileName}", errno, string.Empty) : errno != Errno.ETIME;
    }

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

    // A threaded cgroup lists threads, and the domain above it the processes that they are of (cgroups(7)): only where that
    // one lies above the first, it must be asked of the threads.
    private static Errno TryAddProcesses(int dirfd, int depth, List<int> pids)
    {
        Errno errno = FileText.TryRead(dirfd, "cgroup.procs", out byte[] text);
        if (errno == Errno.OK)
        {
            AddNumbers(text, pids);
        }
        else if (errno == Errno.EOPNOTSUPP && depth == 0)
        {
            errno = FileText.TryRead(dirfd, "cgroup.threads", out text);
            var threads = new List<int>();
            AddNumbers(text, threads);
            errno = errno == Errno.OK ? TryAddProcessesOf(threads, pids) : errno;
        }

        return errno;
    }

    private static Errno TryAddProcessesOf(List<int> threads, List<int> pids)
    {
        var known = new HashSet<int>();
        foreach (int thread in threads)
        {
            const string Key = "\nTgid:\t";
            Errno errno = FileText.TryRead(AT_FDCWD, $"/proc/{thread}/status", out byte[] bytes);
            if (errno.IsShortage())
            {
                return errno;
            }

            string status = Encoding.UTF8.GetString(bytes);
            int at = status.IndexOf(Key, StringComparison.Ordinal);
            int end = at < 0 ? -1 : status.IndexOf('\n', at + Key.Length);
            if (end > 0 && int.TryParse(status.AsSpan(at + Key.Length, end - at - Key.Length), out int pid) && known.Add(pid))
            {
                pids.Add(pid);
            }
        }

        return Errno.OK;
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
