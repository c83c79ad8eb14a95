using System.Globalization;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Launch;

/// <summary>
/// The descriptors that a caller passes on to the first process: those of socket activation (LISTEN_FDS,
/// sd_listen_fds(3)) from 3 up, and after them as many as --preserve-fds says.
/// </summary>
internal static class PassedFds
{
    private const int First = 3;

    /// <summary>The number of activation sockets, if they are meant for this process.</summary>
    /// <exception cref="ContainerException">A descriptor that is to be passed on is not open.</exception>
    public static int Check(int preserveFds)
    {
        int listen = ListenFds();
        for (int fd = First; fd < First + listen + preserveFds; fd++)
        {
            nint flags = Sys.Raw(SyscallNumber.fcntl, fd, F_GETFD);
            if (flags < 0 || (flags & FD_CLOEXEC) != 0)
            {
                // A descriptor that closes on exec is one of this process's own: the caller's came through an exec.
                string option = fd < First + listen ? $"LISTEN_FDS={listen}" : $"--preserve-fds {preserveFds}";
                throw new ContainerException($"{option}: descriptor {fd}: EBADF: the caller did not open it");
            }
        }

        return listen;
    }

    private static int ListenFds()
    {
        // Variables that were set for another process are of no concern here (sd_listen_fds(3)).
        return Number("LISTEN_PID") == Sys.GetPid() ? Math.Max(Number("LISTEN_FDS"), 0) : 0;
    }

    private static int Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= 1 << 16 ? value : -1;
}
