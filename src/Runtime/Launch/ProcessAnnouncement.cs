using Runtime.Linux;
using Runtime.Terminals;

namespace Runtime.Launch;

/// <summary>Tells the caller of a process that was made for it, in the ways that `create`, `run`, `exec` and `restore` share.</summary>
internal static class ProcessAnnouncement
{
    /// <summary>Writes the file of --pid-file, and sends the pidfd to the socket of --pidfd-socket.</summary>
    /// <param name="pidFile">--pid-file; null without.</param>
    /// <param name="pidfdSocket">--pidfd-socket; null without.</param>
    /// <param name="pid">The process, in the runtime's pid namespace.</param>
    /// <param name="pidfd">Its pidfd; stays the caller's.</param>
    /// <exception cref="ContainerException">Nobody listens at the socket.</exception>
    /// <exception cref="SyscallException">The file cannot be written.</exception>
    public static void Make(string? pidFile, string? pidfdSocket, int pid, Fd pidfd)
    {
        if (pidFile is not null)
        {
            PidFile.Write(pidFile, pid);
        }

        if (pidfdSocket is not null)
        {
            FdSocket.Send("--pidfd-socket", pidfdSocket, "pidfd", pidfd);
        }
    }
}
