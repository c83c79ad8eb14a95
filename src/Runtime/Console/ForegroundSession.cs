using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Console;

/// <summary>Waits for a guest in the foreground.</summary>
public static class ForegroundSession
{
    /// <summary>Waits for the guest's first process; its exit status, 128+n for a signal.</summary>
    public static int Wait(int pid, Fd pidfd, Fd? terminal)
    {
        _ = (pid, terminal);
        Sys.TryWaitPidfd(pidfd.Number, WEXITED, out siginfo_wait info);
        return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    }
}
