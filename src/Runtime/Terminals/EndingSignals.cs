using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Terminals;

/// <summary>
/// The way out of a guest that does not end: of the signals that ask a program to end, the first two are the guest's to
/// answer, and the third ends it where it disregards them. One with a handler is left to that, and a second in a row says
/// how to end it.
/// </summary>
internal sealed class EndingSignals
{
    private const int Last = 3;
    private const int InARowMilliseconds = 3000;

    private int _disregarded;
    private int _caught;
    private long _lastCaught;

    /// <summary>Passes the signal on, or ends the guest.</summary>
    /// <param name="pidfd">A pidfd of the guest's first process.</param>
    /// <param name="signal">One of the four.</param>
    /// <param name="disregarded">Whether the signal does nothing to it.</param>
    /// <returns>What to tell the person, null for nothing.</returns>
    internal string? Take(Fd pidfd, int signal, out bool disregarded)
    {
        FirstProcess first = FirstProcess.Of(pidfd);
        disregarded = first.Disregards(signal);
        if (!disregarded)
        {
            Sys.TryPidfdSendSignal(pidfd.Number, signal);
            return first.Catches(signal) && IsSecondInARow(signal)
                ? $"the guest has been sent {Name(signal)} twice and goes on: kill -KILL {first.Pid} ends it"
                : null;
        }

        if (++_disregarded >= Last)
        {
            Sys.TryPidfdSendSignal(pidfd.Number, SIGKILL);
            return null;
        }

        // It may have a handler by now.
        Sys.TryPidfdSendSignal(pidfd.Number, signal);
        return _disregarded == Last - 1 ? $"the guest disregards {Name(signal)}: once more ends it with SIGKILL" : null;
    }

    // SIGHUP is how daemons are told to read their configuration again, and a program may take SIGINT every now and then.
    private bool IsSecondInARow(int signal)
    {
        long now = Environment.TickCount64;
        _caught = now - _lastCaught <= InARowMilliseconds ? _caught + 1 : 1;
        _lastCaught = now;
        return signal != SIGHUP && _caught == 2;
    }

    private static string Name(int signal) => signal switch
    {
        SIGTERM => "SIGTERM",
        SIGINT => "SIGINT",
        SIGHUP => "SIGHUP",
        _ => "SIGQUIT",
    };
}
