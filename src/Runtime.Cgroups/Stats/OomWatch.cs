using Runtime.Linux;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups.Stats;

/// <summary>
/// Watches a cgroup for out-of-memory kills and for its end, through inotify(7) on memory.events and cgroup.events:
/// nothing runs while nothing happens.
/// </summary>
public sealed class OomWatch : IDisposable
{
    private readonly Cgroup _cgroup;
    private readonly Fd _inotify;
    private ulong _kills;

    /// <summary>Begins to watch; kills from before do not count. The cgroup stays the caller's.</summary>
    /// <exception cref="CgroupException">It has no memory controller, or is gone.</exception>
    public OomWatch(Cgroup cgroup)
    {
        _cgroup = cgroup;
        _inotify = Sys.InotifyInit();
        try
        {
            Sys.InotifyAddWatch(_inotify.Number, cgroup.Path + "/memory.events", IN_MODIFY);
            Sys.InotifyAddWatch(_inotify.Number, cgroup.Path + "/cgroup.events", IN_MODIFY);
        }
        catch (SyscallException e)
        {
            _inotify.Dispose();
            throw new CgroupException(string.Empty, "watch memory.events", e.Errno, "the cgroup is gone, or the memory controller is not enabled in it");
        }

        _kills = Kills();
    }

    /// <summary>Readable when something may have happened: for poll(2), then <see cref="Take"/>. Owned by this object.</summary>
    public Fd Descriptor => _inotify;

    /// <summary>No process is left in the cgroup, or it is gone: nothing more will come.</summary>
    public bool IsOver => !_cgroup.IsPopulated;

    /// <summary>Waits at most so long for something to happen, −1 for ever; false when the time is over.</summary>
    public bool Wait(int timeoutMilliseconds)
    {
        Span<pollfd> polled = [new pollfd { fd = _inotify.Number, events = POLLIN }];
        return Sys.Poll(polled, timeoutMilliseconds) > 0;
    }

    /// <summary>The number of processes that the OOM killer took in the cgroup and below it since the last call.</summary>
    public ulong Take()
    {
        Drain();
        ulong now = Kills(), news = now > _kills ? now - _kills : 0;
        _kills = Math.Max(now, _kills);
        return news;
    }

    /// <summary>Ends the watch.</summary>
    public void Dispose() => _inotify.Dispose();

    private void Drain()
    {
        Span<byte> events = stackalloc byte[1024];
        try
        {
            while (Sys.Read(_inotify.Number, events) > 0)
            {
            }
        }
        catch (SyscallException e) when (e.Errno == Errno.EAGAIN)
        {
            // All were read.
        }
    }

    private ulong Kills()
    {
        Span<byte> text = stackalloc byte[512];
        return CgroupFile.TryRead(_cgroup.Directory.Number, "memory.events", text, out int length) == Errno.OK
            ? FlatKeyed.Value(text[..length], "oom_kill"u8)
            : 0;
    }
}
