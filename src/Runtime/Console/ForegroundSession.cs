using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Console;

/// <summary>
/// What a foreground <c>run</c> does between the guest's start and its end: passes signals on, keeps the terminal, and
/// returns the exit status. <see cref="Begin"/> comes before the guest is made, so that no signal falls between.
/// </summary>
public sealed class ForegroundSession : IDisposable
{
    private const int DrainMilliseconds = 200;
    private const int HungUpMilliseconds = 50;
    private const int SignalInfoSize = 128; // struct signalfd_siginfo, signalfd(2); the signal's number comes first.

    private readonly Fd _signals;
    private readonly ulong _maskBefore;
    private HostTerminal? _terminal;
    private Fd? _master;

    private ForegroundSession(Fd signals, ulong maskBefore)
    {
        _signals = signals;
        _maskBefore = maskBefore;
    }

    /// <summary>
    /// Begins to hold signals back. Children inherit the mask: whoever makes one that is not to have it (a guest, a
    /// hook) clears it there.
    /// </summary>
    public static ForegroundSession Begin()
    {
        ulong before = GuestSignals.Block();
        return new ForegroundSession(Sys.SignalFd(GuestSignals.Set), before);
    }

    /// <summary>
    /// Gives the guest's terminal the size of the one on standard input, if there is one. Before the guest's program
    /// runs: it may ask at once.
    /// </summary>
    public static void CopySize(Fd master)
    {
        using HostTerminal? terminal = HostTerminal.OnStandardInput();
        terminal?.CopySizeTo(master.Number);
    }

    /// <summary>Waits for the guest's end.</summary>
    /// <param name="pidfd">A pidfd of the guest's first process, a child of this one; stays the caller's.</param>
    /// <param name="master">The master side of the guest's terminal, null when it has none; stays the caller's.</param>
    /// <returns>The exit status of the first process, 128+n where signal n ended it.</returns>
    public int Wait(Fd pidfd, Fd? master)
    {
        TerminalCopy? copy = null;
        if (master is not null)
        {
            _master = master;
            _terminal = HostTerminal.OnStandardInput();
            _terminal?.CopySizeTo(master.Number);
            _terminal?.MakeRaw();
            copy = new TerminalCopy(master);
        }

        try
        {
            Loop(pidfd, copy);
            copy?.Drain(DrainMilliseconds);
        }
        finally
        {
            _terminal?.Restore();
        }

        return Reap(pidfd);
    }

    /// <summary>Restores the terminal and the signal mask.</summary>
    public void Dispose()
    {
        _terminal?.Dispose();

        // What came after the guest's end was meant for it: it must not end cctl before that has told the exit status.
        Span<byte> buffer = stackalloc byte[SignalInfoSize * 8];
        Span<pollfd> polled = [new pollfd { fd = _signals.Number, events = POLLIN }];
        while (Sys.Poll(polled, 0) > 0)
        {
            Sys.Read(_signals.Number, buffer);
        }

        _signals.Dispose();
        GuestSignals.Unblock(_maskBefore);
    }

    private void Loop(Fd pidfd, TerminalCopy? copy)
    {
        Span<pollfd> polled = stackalloc pollfd[4];
        while (true)
        {
            polled[0] = new pollfd { fd = pidfd.Number, events = POLLIN };
            polled[1] = new pollfd { fd = _signals.Number, events = POLLIN };
            polled[2] = copy?.InputPoll ?? new pollfd { fd = -1 };
            polled[3] = copy?.MasterPoll ?? new pollfd { fd = -1 };
            Sys.Poll(polled, copy is { HungUp: true } ? HungUpMilliseconds : -1);
            if (polled[0].revents != 0)
            {
                return;
            }

            if (polled[1].revents != 0)
            {
                TakeSignals(pidfd);
            }

            if (copy is not null)
            {
                Copy(copy, polled[2].revents, polled[3].revents);
            }
        }
    }

    private static void Copy(TerminalCopy copy, short input, short master)
    {
        if (copy.HungUp)
        {
            copy.TryAgain();
        }

        if ((master & POLLOUT) != 0)
        {
            copy.WriteInput();
        }

        if ((master & ~POLLOUT) != 0)
        {
            copy.CopyOutput();
        }

        if (input != 0)
        {
            copy.ReadInput();
        }
    }

    private void TakeSignals(Fd pidfd)
    {
        Span<byte> buffer = stackalloc byte[SignalInfoSize * 8];
        int length = Sys.Read(_signals.Number, buffer);
        for (int at = 0; at + SignalInfoSize <= length; at += SignalInfoSize)
        {
            Take(pidfd, BitConverter.ToInt32(buffer[at..]));
        }
    }

    private void Take(Fd pidfd, int signal)
    {
        switch (signal)
        {
            case SIGWINCH when _terminal is not null:
                _terminal.CopySizeTo(_master!.Number);
                break;
            case SIGTTIN or SIGTTOU:
                break; // About cctl's own use of its terminal.
            case SIGTSTP:
                Sys.TryPidfdSendSignal(pidfd.Number, signal);
                Stop();
                break;
            case SIGCONT:
                _terminal?.MakeRaw();
                Sys.TryPidfdSendSignal(pidfd.Number, signal);
                break;
            default:
                // ESRCH: it ended just now, and the next poll says so.
                Sys.TryPidfdSendSignal(pidfd.Number, signal);
                break;
        }
    }

    // The shell gets its terminal back, as from any job; the SIGCONT that ends the stop is in the signalfd then.
    private void Stop()
    {
        _terminal?.Restore();
        Sys.Raw(SyscallNumber.kill, Sys.GetPid(), SIGSTOP);
        _terminal?.MakeRaw();
    }

    private static int Reap(Fd pidfd)
    {
        Errno errno = Sys.TryWaitPidfd(pidfd.Number, WEXITED, out siginfo_wait info);
        if (errno != Errno.OK)
        {
            throw new SyscallException("waitid(P_PIDFD, WEXITED)", errno);
        }

        return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    }
}
