using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces;
using static Runtime.Linux.Abi;

namespace Runtime.Seccomp;

/// <summary>Hands the fd of seccomp's notifications to the agent (config-linux.md, seccomp, <c>listenerPath</c>; seccomp_unotify(2)).</summary>
public static class SeccompListener
{
    private const string Pointer = "/linux/seccomp/listenerPath";

    /// <summary>Connects, sends one container process state with the fd beside it, and closes the connection.</summary>
    /// <param name="listener">What seccomp(2) returned; stays the caller's.</param>
    /// <param name="path">The agent's socket; of any length.</param>
    /// <param name="metadata">The config's <c>listenerMetadata</c>.</param>
    /// <param name="pid">The process that has the filter, as the runtime sees it.</param>
    /// <param name="state">The container's state.</param>
    /// <exception cref="LaunchException">Nobody listens there, or the agent went away.</exception>
    public static void Send(Fd listener, string path, string? metadata, int pid, ContainerState state)
    {
        Errno errno = Sys.TryOpenAt(AT_FDCWD, path, O_PATH, 0, out Fd? place);
        if (place == null)
        {
            throw new LaunchException(Pointer, $"open the agent's socket {path}", errno, "start the agent first");
        }

        using (place)
        {
            using Fd socket = Sys.Socket(AF_UNIX, SOCK_STREAM, 0);
            // An address holds 107 bytes; the link in procfs leads to a socket however long its path is.
            errno = Sys.TryConnectUnix(socket.Number, $"/proc/self/fd/{place.Number}");
            if (errno != Errno.OK)
            {
                throw new LaunchException(Pointer, $"connect to {path}", errno, "an agent must listen on this stream socket");
            }

            errno = Sys.TrySendAllFd(socket.Number, Message(metadata, pid, state), listener.Number);
            if (errno != Errno.OK)
            {
                throw new LaunchException(Pointer, $"send the listener to {path}", errno, "the agent closed the connection");
            }
        }
    }

    private static byte[] Message(string? metadata, int pid, ContainerState state) => ConfigFile.Write(new ContainerProcessState
    {
        OciVersion = state.OciVersion,
        Fds = [ContainerProcessState.SeccompFdName],
        Pid = pid,
        Metadata = metadata,
        State = state,
    });
}
