using System.Text;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Terminals;

/// <summary>Hands a file descriptor to a caller that listens on a unix socket: <c>--console-socket</c>, <c>--pidfd-socket</c>.</summary>
public static class FdSocket
{
    /// <summary>Connects and sends one descriptor beside its name, as runc does.</summary>
    /// <param name="option">The option that named the socket, for messages.</param>
    /// <param name="path">The socket's path, of any length.</param>
    /// <param name="name">The name that the receiver reads, such as <c>/dev/ptmx</c>.</param>
    /// <param name="fd">The descriptor; stays the caller's.</param>
    /// <exception cref="ContainerException">Nobody listens there, or the socket is gone.</exception>
    public static void Send(string option, string path, string name, Fd fd)
    {
        Errno errno = Sys.TryOpenAt(AT_FDCWD, path, O_PATH, 0, out Fd? opened);
        if (opened is null)
        {
            throw new ContainerException($"{option} {path}: {errno.Name()}: the caller must listen there first");
        }

        // An address holds 107 bytes; the link in procfs leads to a socket however long its path is.
        using Fd place = opened;
        using Fd socket = Sys.Socket(AF_UNIX, SOCK_STREAM, 0);
        errno = Sys.TryConnectUnix(socket.Number, $"/proc/self/fd/{place.Number}");
        if (errno != Errno.OK)
        {
            throw new ContainerException($"{option} {path}: connect: {errno.Name()}: the caller must listen there first");
        }

        errno = Sys.TrySendFd(socket.Number, Encoding.UTF8.GetBytes(name), fd.Number);
        if (errno != Errno.OK)
        {
            throw new ContainerException($"{option} {path}: send the descriptor: {errno.Name()}");
        }
    }
}
