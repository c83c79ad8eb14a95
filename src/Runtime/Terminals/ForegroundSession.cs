using Runtime.Linux;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Terminals;

/// <summary>
/// What a foreground <c>run</c> does between the guest's start and its end: passes signals on, keeps the terminal, and
/// returns the exit status. <see cref="Begin"/> comes before the guest is made, so that no signal falls between.
/// </summary>
public sealed class ForegroundSession : IDisposable
{
    private const int DrainMilliseconds = 200;
    private const int BackgroundMilliseconds = 250;
    private const int SignalInfoSize = 128; // struct signalfd_siginfo, signalfd(2); the signal's number comes first.

    private readonly Fd _signals;
    private readonly ulong _maskBefore;
    private HostTerminal? _terminal;
    private TerminalCopy? _copy;
    private EndingSignals? _ending;
    private Fd? _master;
    private bool _guestEnded;
    private bool _givesUp;

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
    /// Fits the guest's terminal to where it is shown: the size of the terminal that a standard stream leads to, and bare
    /// line ends where standard output is no terminal. Before the guest's program runs: it may ask at once, or set its own.
    /// </summary>
    public static void Fit(Fd master)
    {
        HostTerminal.CopySizeTo(master.Number);
        if (!HostTerminal.IsTerminal(1))
        {
            GuestTerminal.KeepLineEnds(master.Number);
        }
    }

    /// <summary>Waits for the guest's end.</summary>
    /// <param name="pidfd">A pidfd of the guest's first process, a child of this one; stays the caller's.</param>
    /// <param name="master">
    /// The master side of the guest's terminal, null when it has none; stays the caller's, and is closed at once where nobody
    /// is left on the other side.
    /// </param>
    /// <returns>The exit status of the first process, 128+n where signal n ended it.</returns>
    public int Wait(Fd pidfd, Fd? master)
    {
        if (master is not null)
        {
            _master = master;
            _terminal = HostTerminal.OnStandardInput();
            _copy = new TerminalCopy(master, _terminal is not null);
            TakeTerminal();
        }

        try
        {
            while (!Step(pidfd))
            {
            }

            _guestEnded = true;
            Drain(pidfd);
        }
        finally
        {
            _terminal?.Restore();
        }

        return Reap(pidfd);
    }

    /// <summary>Restores the signal mask.</summary>
    public void Dispose()
    {
        // What came after the guest's end was meant for it: it must not end cctl before that has told the exit status.
        Span<byte> buffer = stackalloc byte[SignalInfoSize * 8];
        while (SignalIsPending)
        {
            Sys.Read(_signals.Number, buffer);
        }

        _signals.Dispose();
        GuestSignals.Unblock(_maskBefore);
    }

    private bool SignalIsPending => Sys.Poll([new pollfd { fd = _signals.Number, events = POLLIN }], 0) > 0;

    /// <summary>Waits for one thing to happen, and does what it asks for; true at the guest's end.</summary>
    private bool Step(Fd pidfd)
    {
        Span<pollfd> polled = stackalloc pollfd[5];
        polled[0] = new pollfd { fd = pidfd.Number, events = POLLIN };
        polled[1] = new pollfd { fd = _signals.Number, events = POLLIN };
        polled[2] = _copy?.InputPoll ?? new pollfd { fd = -1 };
        polled[3] = _copy?.MasterPoll ?? new pollfd { fd = -1 };
        polled[4] = _copy?.OutputPoll ?? new pollfd { fd = -1 };
        Sys.Poll(polled, PollMilliseconds);
        if (polled[0].revents != 0)
        {
            return true;
        }

        if (polled[1].revents != 0)
        {
            TakeSignals(pidfd);
        }

        if (_copy is { MayRead: false })
        {
            // A shell's fg gives the terminal to a job that runs without a word.
            TakeTerminal();
        }
        else if (_copy is not null && polled[2].revents != 0 && _terminal is { IsForeground: false })
        {
            _copy.MayRead = false;
            polled[2].revents = 0;
        }

        _copy?.Go(polled[2].revents, polled[3].revents, polled[4].revents);
        if (_copy is { IsAlone: true })
        {
            HangUp(pidfd);
        }

        return false;
    }

    private int PollMilliseconds
    {
        get
        {
            int copy = _copy?.PollMilliseconds ?? -1;
            return _copy is not { MayRead: false } ? copy : copy < 0 ? BackgroundMilliseconds : Math.Min(copy, BackgroundMilliseconds);
        }
    }

    /// <summary>
    /// Shows what is left after the guest's end. The kernel hands it over a moment later than the end; the hang-up follows
    /// the last byte. A process outside of the guest's pid namespace may keep the terminal open: it is not waited for. A
    /// reader that takes its time is, unless a signal asks cctl to end.
    /// </summary>
    private void Drain(Fd pidfd)
    {
        while (_copy is { } copy && !_givesUp && !copy.IsAlone)
        {
            Span<pollfd> polled = [copy.HasOutput ? copy.OutputPoll : new pollfd { fd = _master!.Number, events = POLLIN }, new pollfd { fd = _signals.Number, events = POLLIN }];
            if (Sys.Poll(polled, copy.HasOutput ? -1 : DrainMilliseconds) == 0)
            {
                return;
            }

            if (polled[1].revents != 0)
            {
                TakeSignals(pidfd);
            }

            if (polled[0].revents == 0)
            {
                continue;
            }

            if (copy.HasOutput)
            {
                copy.WriteOutput();
                continue;
            }

            copy.ReadOutput();
            if (copy.HungUp)
            {
                return;
            }
        }
    }

    // As when a terminal is closed: the kernel sends SIGHUP, and reads and writes fail. A first process that did not say what
    // that is to do to it ends by it, as any other would.
    private void HangUp(Fd pidfd)
    {
        _terminal?.Restore();
        _terminal = null;
        _copy = null;
        _master!.Dispose();
        _master = null;
        if (FirstProcess.Of(pidfd).IsSparedFrom(SIGHUP))
        {
            Sys.TryPidfdSendSignal(pidfd.Number, SIGKILL);
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
            case SIGWINCH when _master is not null:
                HostTerminal.CopySizeTo(_master.Number);
                break;
            case SIGTTIN or SIGTTOU:
                break; // About cctl's own use of its terminal.
            case SIGTSTP:
                Stop(pidfd);
                break;
            case SIGCONT:
                Continue(pidfd);
                break;
            case SIGTERM or SIGINT or SIGHUP or SIGQUIT when _guestEnded:
                _givesUp = true;
                break;
            case SIGTERM or SIGINT or SIGHUP or SIGQUIT:
                Ask(pidfd, signal);
                break;
            default:
                // ESRCH: it ended just now, and the next poll says so.
                Sys.TryPidfdSendSignal(pidfd.Number, signal);
                break;
        }
    }

    // An interactive shell disregards SIGTERM. Where the input has ended nobody is left who could type its end either.
    private void Ask(Fd pidfd, int signal)
    {
        string? message = (_ending ??= new EndingSignals()).Take(pidfd, signal, out bool disregarded);
        if (disregarded && _copy is { InputEnded: true })
        {
            HangUp(pidfd);
        }
        else
        {
            Say(message);
        }
    }

    // A raw terminal would show the next line where this one ends.
    private void Say(string? message)
    {
        if (message is not null)
        {
            _terminal?.Restore();
            RuntimeLog.Warn(message);
            TakeTerminal();
        }
    }

    // The shell gets its terminal back, as from any job. cctl stops by the signal's own default, so that it does not where
    // nobody could continue it (an orphaned process group, signal(7)); the SIGCONT that ends the stop is in the signalfd then.
    private void Stop(Fd pidfd)
    {
        _terminal?.Restore();
        Sys.TryPidfdSendSignal(pidfd.Number, FirstProcess.Of(pidfd).IsSparedFrom(SIGTSTP) ? SIGSTOP : SIGTSTP);
        Sys.Raw(SyscallNumber.kill, Sys.GetPid(), SIGTSTP);
        ulong mask = Sys.SigProcMask(SIG_UNBLOCK, 1UL << (SIGTSTP - 1));
        Sys.SigProcMask(SIG_SETMASK, mask);
        if (!SignalIsPending)
        {
            Continue(pidfd);
        }
    }

    // By fg, or by bg. Who was stopped by SIGSTOP finds the modes of others in the terminal.
    private void Continue(Fd pidfd)
    {
        Sys.TryPidfdSendSignal(pidfd.Number, SIGCONT);
        TakeTerminal();
    }

    /// <summary>In the foreground: raw mode, the size of the moment, and what is typed. In the background nothing of these.</summary>
    private void TakeTerminal()
    {
        if (_copy is null || _terminal is null)
        {
            return;
        }

        _copy.MayRead = _terminal.IsForeground;
        if (_copy.MayRead)
        {
            _terminal.MakeRaw();
            HostTerminal.CopySizeTo(_master!.Number);
        }
        else
        {
            _terminal.LeaveToOthers();
        }
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
