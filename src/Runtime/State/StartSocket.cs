using System.Runtime.InteropServices;
using Runtime.Linux;
using Runtime.Namespaces.Launch;
using Runtime.Namespaces.Plan;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.State;

/// <summary>
/// The unix socket that a container's first process holds until its execve(2). It is how that process is known to wait:
/// the kernel answers for it, and closes it with execve(2) or with the process. A file with a lock would say the same, but a
/// guest that sees the process could open it there (/proc/PID/fd); a socket it cannot.
/// A created container's first process accepts on it: `start` connects, execve(2) closes the connection, and whatever fails
/// before that comes back over it.
/// </summary>
internal static class StartSocket
{
    private const int ExecutionMilliseconds = 5000;

    /// <summary>Makes the socket at a path, mode 0600. The caller owns it; the child inherits it.</summary>
    public static Fd Listen(string path, string shownPath)
    {
        Fd socket = Sys.Socket(AF_UNIX, SOCK_SEQPACKET, 0);
        try
        {
            Sys.TryFchmod(socket.Number, 0b110_000_000);
            Require(Sys.TryBindUnix(socket.Number, path), "bind", shownPath);
            Require(Sys.TryListen(socket.Number, 8), "listen", shownPath);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whether a process holds the socket. A datagram socket cannot connect to it: EPROTOTYPE is the answer while it is held,
    /// and whoever accepts on it sees nothing of the question. ECONNREFUSED comes when nobody holds it (unix(7)).
    /// </summary>
    public static bool IsHeld(string path)
    {
        using Fd socket = Sys.Socket(AF_UNIX, SOCK_DGRAM, 0);
        return Sys.TryConnectUnix(socket.Number, path) == Errno.EPROTOTYPE;
    }

    /// <summary>
    /// Waits until nobody holds the socket any more: execve(2) closes descriptors one after the other, and whoever saw the
    /// control socket close may be faster than the rest of that.
    /// </summary>
    public static void WaitForExecution(string path)
    {
        if (!IsHeld(path))
        {
            return;
        }

        // A connection that is not accepted ends with the socket.
        using Fd socket = Sys.Socket(AF_UNIX, SOCK_SEQPACKET, 0);
        if (Sys.TryConnectUnix(socket.Number, path) == Errno.OK)
        {
            Span<pollfd> polled = [new pollfd { fd = socket.Number, events = POLLIN }];
            Sys.Poll(polled, ExecutionMilliseconds);
        }
    }

    /// <summary>Lets the first process go on. The caller owns the connection, on which the answer comes.</summary>
    public static Fd Connect(string path, string shownPath)
    {
        Fd socket = Sys.Socket(AF_UNIX, SOCK_SEQPACKET, 0);
        Errno errno = Sys.TryConnectUnix(socket.Number, path);
        if (errno != Errno.OK)
        {
            socket.Dispose();
            Require(errno, "connect", shownPath);
        }

        return socket;
    }

    /// <summary>Waits for the first process; null when its command runs, else what failed, and what a hook that did wrote last.</summary>
    public static unsafe (ControlMessage Message, string Said)? Answer(Fd connection)
    {
        Fd? memory = null;
        while (true)
        {
            var report = default(FailureReport);
            Span<byte> bytes = MemoryMarshal.AsBytes(new Span<FailureReport>(ref report));
            Errno errno = Sys.TryReceiveFd(connection.Number, bytes, out int length, out Fd? fd);
            if (errno != Errno.OK || length < sizeof(ControlMessage))
            {
                return memory is not null && ReportMemory.Read(memory) is ControlMessage failure ? (failure, string.Empty) : null;
            }

            if (report.Message.Kind != ControlKind.Report || fd is null || memory is not null)
            {
                fd?.Dispose();
                memory?.Dispose();
                return (report.Message, HookOutput.LastLine(bytes[sizeof(ControlMessage)..length]));
            }

            memory = fd;
        }
    }

    private static void Require(Errno errno, string call, string path)
    {
        if (errno != Errno.OK)
        {
            throw new SyscallException($"{call}(\"{path}\")", errno);
        }
    }
}
