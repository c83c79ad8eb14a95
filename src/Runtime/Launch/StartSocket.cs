using System.Runtime.InteropServices;
using Runtime.Linux;
using Runtime.Namespaces.Child;
using Runtime.State;
using static Runtime.Linux.Abi;

namespace Runtime.Launch;

/// <summary>
/// The unix socket on which a created container's first process waits. `start` connects; execve(2) closes the
/// connection, and whatever fails before that comes back over it.
/// </summary>
internal static class StartSocket
{
    /// <summary>Makes the socket in the container's folder, mode 0600. The caller owns it; the child inherits it.</summary>
    public static Fd Listen(ContainerFolder folder)
    {
        Fd socket = Sys.Socket(AF_UNIX, SOCK_SEQPACKET, 0);
        try
        {
            Sys.TryFchmod(socket.Number, 0x180);
            Require(Sys.TryBindUnix(socket.Number, folder.SocketPath(ContainerFolder.StartSocketName)), "bind", folder);
            Require(Sys.TryListen(socket.Number, 8), "listen", folder);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Lets the first process go on; null when its command runs, else what failed.</summary>
    public static ControlMessage? Release(ContainerFolder folder)
    {
        using Fd socket = Sys.Socket(AF_UNIX, SOCK_SEQPACKET, 0);
        Require(Sys.TryConnectUnix(socket.Number, folder.SocketPath(ContainerFolder.StartSocketName)), "connect", folder);
        var message = default(ControlMessage);
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<ControlMessage>(ref message));
        Errno errno = Sys.TryReceive(socket.Number, bytes, out int length);
        return errno == Errno.OK && length == bytes.Length ? message : null;
    }

    private static void Require(Errno errno, string call, ContainerFolder folder)
    {
        if (errno != Errno.OK)
        {
            throw new SyscallException($"{call}(\"{folder.Path}/{ContainerFolder.StartSocketName}\")", errno);
        }
    }
}
