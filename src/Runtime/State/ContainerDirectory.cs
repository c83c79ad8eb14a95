using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.State;

/// <summary>
/// One container's directory under the state root, mode 0700, held open. Its lock is flock(2) on the directory itself, so
/// that it needs no file, cannot be left behind, and is released by the kernel with its holder.
/// <code>
/// ROOT/ID/state.json   ContainerRecord, replaced as one step
/// ROOT/ID/start.sock   held by the first process until it executes the user's program; start connects to it
/// ROOT/ID/config.json  the config as it was at create
/// </code>
/// </summary>
public sealed class ContainerDirectory : IDisposable
{
    /// <summary>Name of the record's file.</summary>
    public const string RecordName = "state.json";

    /// <summary>Name of the socket that the first process holds until execve(2), and on which it waits for <c>start</c>.</summary>
    public const string StartSocketName = "start.sock";

    /// <summary>Name of the copy of the config.</summary>
    public const string ConfigName = "config.json";

    private readonly Fd _fd;
    private readonly int _rootFd;
    private bool _locked;

    internal ContainerDirectory(string id, string path, int rootFd, Fd fd)
    {
        Id = id;
        Path = path;
        _rootFd = rootFd;
        _fd = fd;
    }

    /// <summary>The container's id.</summary>
    public string Id { get; }

    /// <summary>Absolute path of the directory, for messages.</summary>
    public string Path { get; }

    /// <summary>The directory's fd, for *at calls; this object owns it.</summary>
    public int DirFd => _fd.Number;

    /// <summary>Whether this object holds the directory's lock.</summary>
    public bool HoldsLock => _locked;

    /// <summary>A path to a file in the directory that is short enough for a unix socket's address, while this object is open.</summary>
    public string SocketPath(string name) => $"/proc/self/fd/{DirFd}/{name}";

    /// <summary>The record, or null where <c>create</c> was killed before it wrote one.</summary>
    /// <exception cref="ContainerException">The record cannot be read or is damaged.</exception>
    /// <exception cref="SyscallException">This process lacks descriptors or memory: nothing is known of the record.</exception>
    public ContainerRecord? TryReadRecord()
    {
        Errno errno = FileText.TryRead(DirFd, RecordName, out byte[] bytes);
        return errno switch
        {
            Errno.OK => RecordJson.Read(bytes, Path),
            Errno.ENOENT => null,
            _ when errno.IsShortage() => throw new SyscallException($"read {Path}/{RecordName}", errno),
            _ => throw new ContainerException($"read {Path}/{RecordName}: {errno.InWords()}"),
        };
    }

    /// <summary>Writes or replaces the record as one step.</summary>
    /// <exception cref="ContainerException">It cannot be written; the one before stays.</exception>
    public void WriteRecord(ContainerRecord record)
    {
        try
        {
            FileText.Replace(DirFd, RecordName, RecordJson.Write(record), 0b110_000_000);
        }
        catch (SyscallException e)
        {
            throw CannotWrite(RecordName, e);
        }
    }

    /// <summary>Writes the copy of the config; before the first process is there, so nobody reads it half-written.</summary>
    public void WriteConfig(ReadOnlySpan<byte> config)
    {
        try
        {
            using Fd fd = Sys.OpenAt(DirFd, ConfigName, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0b110_000_000);
            Sys.Write(fd.Number, config);
        }
        catch (SyscallException e)
        {
            throw CannotWrite(ConfigName, e);
        }
    }

    /// <summary>Replaces the copy of the config as one step, when what it says has changed.</summary>
    /// <exception cref="ContainerException">It cannot be written; the one before stays.</exception>
    public void ReplaceConfig(ReadOnlySpan<byte> config)
    {
        try
        {
            FileText.Replace(DirFd, ConfigName, config, 0b110_000_000);
        }
        catch (SyscallException e)
        {
            throw CannotWrite(ConfigName, e);
        }
    }

    private ReportedException CannotWrite(string name, SyscallException e) => e.Errno.IsShortage()
        ? new SyscallException($"write {Path}/{name}", e.Errno)
        : e.Errno == Errno.EFBIG ? new ContainerException($"write {Path}/{name}: {e.Errno.InWords()}: raise the limit of files' size (ulimit -f)")
        : new ContainerException($"write {Path}/{name}: {e.Errno.InWords()}: make room there, or choose another state root with --root");

    /// <summary>The copy of the config.</summary>
    /// <exception cref="ContainerException">There is none.</exception>
    /// <exception cref="SyscallException">This process lacks descriptors or memory.</exception>
    public OciSpec.RuntimeConfig ReadConfig()
    {
        Errno errno = FileText.TryRead(DirFd, ConfigName, out byte[] bytes);
        return errno == Errno.OK ? OciSpec.ConfigFile.Parse(bytes)
            : errno.IsShortage() ? throw new SyscallException($"read {Path}/{ConfigName}", errno)
            : throw new ContainerException($"read {Path}/{ConfigName}: {errno.InWords()}");
    }

    /// <summary>
    /// Makes the socket that tells "created" from "running", before clone3(2). The first process inherits it and needs to do
    /// nothing: it is close-on-exec. The caller owns its copy and must close it after clone3(2), and before any <c>start</c>.
    /// </summary>
    public Fd ListenForStart() => StartSocket.Listen(SocketPath(StartSocketName), $"{Path}/{StartSocketName}");

    /// <summary>Lets the first process go on; the answer comes over the connection, which the caller owns.</summary>
    internal Fd ConnectToStart() => StartSocket.Connect(SocketPath(StartSocketName), $"{Path}/{StartSocketName}");

    /// <summary>Whether the first process, known to be alive, has not yet executed the user's program.</summary>
    public bool InitStillWaits() => StartSocket.IsHeld(SocketPath(StartSocketName));

    /// <summary>Waits until the first process, which is about to execute the user's program, has done so.</summary>
    public void WaitForExecution() => StartSocket.WaitForExecution(SocketPath(StartSocketName));

    /// <summary>Whether another living process holds the directory's lock.</summary>
    public bool IsLockedByAnother()
    {
        if (_locked)
        {
            return false;
        }

        // Another open file description: the lock is asked for without disturbing one that this object may take later.
        Errno errno = Sys.TryOpenAt(DirFd, ".", O_RDONLY | O_DIRECTORY, 0, out Fd? opened);
        if (opened is null)
        {
            return errno == Errno.ENOENT ? false : throw new SyscallException($"open {Path}", errno);
        }

        using Fd fd = opened;
        return Sys.TryFlock(fd.Number, LOCK_SH | LOCK_NB) == Errno.EAGAIN;
    }

    /// <summary>Gives the lock back; the directory stays open.</summary>
    public void Unlock()
    {
        if (_locked)
        {
            Sys.TryFlock(DirFd, 8 /* LOCK_UN */);
            _locked = false;
        }
    }

    /// <summary>Whether the directory was removed while this object had it open.</summary>
    public bool IsRemoved =>
        Sys.TryStatx(DirFd, string.Empty, AT_EMPTY_PATH, out statx status) == Errno.OK && status.stx_nlink == 0;

    /// <summary>Waits for the directory's lock.</summary>
    /// <param name="timeoutMilliseconds">How long to wait for another process that is at work on it.</param>
    /// <exception cref="ContainerException">The other process did not finish, or the directory was removed meanwhile.</exception>
    public void Lock(int timeoutMilliseconds)
    {
        const int Step = 5;
        for (int waited = 0; !TryLock(); waited += Step)
        {
            if (waited >= timeoutMilliseconds)
            {
                throw new ContainerException($"container \"{Id}\": another cctl process is at work on it: try again when it has finished");
            }

            Sys.Poll([], Step);
        }
    }

    /// <summary>Tries to take the directory's lock for this object; false when another holds it.</summary>
    /// <exception cref="ContainerException">The directory was removed meanwhile.</exception>
    public bool TryLock()
    {
        if (_locked)
        {
            return true;
        }

        Errno errno = Sys.TryFlock(DirFd, LOCK_EX | LOCK_NB);
        if (errno == Errno.EAGAIN)
        {
            return false;
        }

        if (errno != Errno.OK)
        {
            throw new SyscallException($"flock(\"{Path}\", LOCK_EX)", errno);
        }

        _locked = true;
        if (IsRemoved)
        {
            throw new ContainerException($"container \"{Id}\" does not exist: it was deleted meanwhile");
        }

        return true;
    }

    /// <summary>
    /// Removes the directory with everything in it; what is already gone is no error. By now nothing of the container is
    /// left outside of it, so a removal that is killed half-way can be repeated.
    /// </summary>
    public void Remove()
    {
        // The usual content by name, without reading the directory; whatever else is in it is found only when it is in the way.
        Sys.TryUnlinkAt(DirFd, StartSocketName, 0);
        Sys.TryUnlinkAt(DirFd, ConfigName, 0);
        Sys.TryUnlinkAt(DirFd, RecordName, 0);
        Errno errno = Sys.TryUnlinkAt(_rootFd, Id, AT_REMOVEDIR);
        if (errno is Errno.ENOTEMPTY or Errno.EEXIST)
        {
            Root.TryRemoveContent(DirFd);
            errno = Sys.TryUnlinkAt(_rootFd, Id, AT_REMOVEDIR);
        }

        if (errno is not (Errno.OK or Errno.ENOENT))
        {
            throw new ContainerException($"remove {Path}: {errno.InWords()}");
        }
    }

    /// <summary>
    /// Gives the lock back and closes the directory. The closing alone would not do: a child that was cloned meanwhile has
    /// the same open file description, and the lock is the description's.
    /// </summary>
    public void Dispose()
    {
        Unlock();
        _fd.Dispose();
    }
}
