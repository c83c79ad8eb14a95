using System.Runtime.InteropServices;
using Runtime.Images;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace CctlImages.Network;

/// <summary>
/// The network process as its parent has it: started with a socket as descriptor 0 and nothing else of the parent's, in a session of its
/// own, so that a terminal's Ctrl-C does not reach it. A thread starts it and waits for its end: the signal of PR_SET_PDEATHSIG comes
/// when that thread ends, not the process (prctl(2)), so it has to live as long.
/// </summary>
internal sealed unsafe class ChildProcess : IDisposable
{
    private const short POSIX_SPAWN_SETSIGDEF = 4;
    private const short POSIX_SPAWN_SETSIGMASK = 8;
    private const short POSIX_SPAWN_SETSID = 0x80;

    // spawn.h: posix_spawnattr_t has 336 bytes, posix_spawn_file_actions_t 80, sigset_t 128.
    private const int Room = 512;

    private static readonly TimeSpan s_longestEnd = TimeSpan.FromSeconds(2);

    private readonly ManualResetEventSlim _started = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly Thread _thread;
    private Fd? _pidfd;
    private string? _failure;
    private int _status;

    /// <summary>Starts a program.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments, its name first.</param>
    /// <param name="environment">Its whole environment.</param>
    /// <param name="socket">Its descriptor 0; it stays the caller's.</param>
    /// <exception cref="ImageException">It cannot be started.</exception>
    public ChildProcess(string program, string[] arguments, string[] environment, Fd socket)
    {
        int descriptor = socket.Number;
        _thread = new Thread(() => Run(program, arguments, environment, descriptor), 256 << 10) { IsBackground = true, Name = "network process" };
        _thread.Start();
        _started.Wait();
        if (_failure is not null)
        {
            throw new ImageException($"the network process cannot be started: {_failure}");
        }
    }

    /// <summary>Its pid.</summary>
    public int Pid { get; private set; }

    /// <summary>How it ended, waiting a moment for that: <c>killed by SIGKILL</c>; null while it runs.</summary>
    public string? WaitForEnd() => !_ended.Wait(s_longestEnd) ? null : _status < 0 ? $"killed by {SignalName.Of(-_status)}" : $"exit status {_status}";

    /// <summary>Kills it, and waits until it is gone.</summary>
    public void Dispose()
    {
        if (_pidfd is { } pidfd)
        {
            Sys.TryPidfdSendSignal(pidfd.Number, SIGKILL);
            _thread.Join();
            pidfd.Dispose();
            _pidfd = null;
        }

        _started.Dispose();
        _ended.Dispose();
    }

    private void Run(string program, string[] arguments, string[] environment, int socket)
    {
        int error = Spawn(program, arguments, environment, socket, out int pid);
        if (error != 0)
        {
            _failure = $"{program}: {((Errno)error).InWords()}";
            _started.Set();
            return;
        }

        Pid = pid;
        if (Sys.TryPidfdOpen(pid, out _pidfd) is not Errno.OK and var errno)
        {
            // Without one it could not be ended for certain; the socket's end is what ends it.
            _failure = $"pidfd_open({pid}): {errno.InWords()}";
            _started.Set();
            return;
        }

        Fd own = _pidfd!;
        _started.Set();
        // Not reaped by anybody else: the number stays its own until here.
        if (Sys.TryWaitPidfd(own.Number, WEXITED, out siginfo_wait info) == Errno.OK)
        {
            _status = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
        }

        _ended.Set();
    }

    private static int Spawn(string program, string[] arguments, string[] environment, int socket, out int pid)
    {
        byte* actions = stackalloc byte[Room];
        byte* attributes = stackalloc byte[Room];
        byte* none = stackalloc byte[128];
        byte* all = stackalloc byte[128];
        new Span<byte>(none, 128).Clear();
        new Span<byte>(all, 128).Fill(0xff);
        // SAFETY: the objects have more room than glibc's types take; strings and arrays live until the call returns, after which the
        // child has its own copy of everything.
        int error = First(FileActionsInit(actions), AttributesInit(attributes));
        nint nothing = Marshal.StringToCoTaskMemUTF8("/dev/null");
        nint path = Marshal.StringToCoTaskMemUTF8(program);
        nint[] argv = [.. arguments.Select(Marshal.StringToCoTaskMemUTF8), 0];
        nint[] envp = [.. environment.Select(Marshal.StringToCoTaskMemUTF8), 0];
        try
        {
            error = First(
                error,
                FileActionsAddDup2(actions, socket, 0),
                FileActionsAddOpen(actions, 1, nothing, O_WRONLY, 0),
                FileActionsAddOpen(actions, 2, nothing, O_WRONLY, 0),
                AttributesSetMask(attributes, none),
                AttributesSetDefault(attributes, all),
                AttributesSetFlags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID));
            fixed (nint* a = argv, e = envp)
            {
                int child = 0;
                error = error != 0 ? error : PosixSpawn(&child, path, actions, attributes, (nint)a, (nint)e);
                pid = child;
                return error;
            }
        }
        finally
        {
            _ = FileActionsDestroy(actions);
            _ = AttributesDestroy(attributes);
            foreach (nint text in (nint[])[nothing, path, .. argv, .. envp])
            {
                Marshal.FreeCoTaskMem(text);
            }
        }
    }

    private static int First(params ReadOnlySpan<int> errors) => errors.IndexOfAnyExcept(0) is >= 0 and var at ? errors[at] : 0;

    [DllImport("libc", EntryPoint = "posix_spawn")]
    private static extern int PosixSpawn(int* pid, nint path, byte* actions, byte* attributes, nint argv, nint envp);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static extern int FileActionsInit(byte* actions);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static extern int FileActionsDestroy(byte* actions);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static extern int FileActionsAddDup2(byte* actions, int from, int to);

    [DllImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    private static extern int FileActionsAddOpen(byte* actions, int fd, nint path, int flags, uint mode);

    [DllImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static extern int AttributesInit(byte* attributes);

    [DllImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static extern int AttributesDestroy(byte* attributes);

    [DllImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static extern int AttributesSetFlags(byte* attributes, short flags);

    [DllImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static extern int AttributesSetMask(byte* attributes, byte* mask);

    [DllImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static extern int AttributesSetDefault(byte* attributes, byte* signals);
}
