using Runtime.Linux;

namespace Runtime.Terminals;

/// <summary>
/// Somebody must hold the master side of a guest's terminal, or the kernel hangs the guest up: this process while it stays
/// with the guest, else whoever listens on --console-socket.
/// </summary>
internal static class TerminalOwner
{
    /// <summary>Keeps the master side for a command in the foreground, or sends it to who listens for it.</summary>
    /// <param name="master">The master; it goes to the returned owner, or is closed once it is sent.</param>
    /// <param name="consoleSocket">--console-socket.</param>
    /// <returns>The master, fitted to where it is shown; null where it was sent.</returns>
    /// <exception cref="ContainerException">Nobody listens at the socket.</exception>
    public static Fd? Take(Fd master, string? consoleSocket)
    {
        if (consoleSocket is null)
        {
            ForegroundSession.Fit(master);
            return master;
        }

        using (master)
        {
            FdSocket.Send("--console-socket", consoleSocket, "/dev/ptmx", master);
            return null;
        }
    }

    /// <summary>Refuses a terminal that nobody holds, and a socket that gets none.</summary>
    /// <param name="terminal">process.terminal, or exec's --tty.</param>
    /// <param name="isLeft">Whether the command ends before the guest's process does.</param>
    /// <param name="consoleSocket">--console-socket.</param>
    /// <exception cref="ContainerException">As above.</exception>
    public static void Require(bool terminal, bool isLeft, string? consoleSocket)
    {
        if (terminal && isLeft && consoleSocket is null)
        {
            throw new ContainerException("/process/terminal: true: a detached container has nobody to hold its terminal: pass --console-socket SOCKET or set it to false");
        }

        if (!terminal && consoleSocket is not null)
        {
            throw new ContainerException($"--console-socket {consoleSocket}: /process/terminal is false, so there is no terminal to send: set it to true, or leave the option out");
        }
    }
}
