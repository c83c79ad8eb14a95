using Runtime.Linux;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Terminals;

/// <summary>
/// Carries bytes between standard input and output and the master side of the guest's terminal. Nothing here blocks: a
/// guest that does not read must not keep cctl from showing what it writes, and a reader that does not read must not keep
/// signals from the guest. No allocation per chunk.
/// </summary>
internal sealed class TerminalCopy
{
    private const int ChunkSize = 16 << 10;
    private const int AtomicPipeWrite = 4096; // PIPE_BUF, pipe(7): with room for it, as POLLOUT says, such a write does not block.
    private const byte EndOfTransmission = 4; // Ctrl-D
    private const byte Enter = (byte)'\r';
    private const int HungUpMilliseconds = 50;
    private const int FirstEndMilliseconds = 50;
    private const int LongestEndMilliseconds = 1000;

    private readonly Fd _master;
    private readonly bool _inputIsTerminal;
    private readonly byte[] _input = new byte[ChunkSize];
    private readonly byte[] _output = new byte[ChunkSize];
    private int _inputStart;
    private int _inputEnd;
    private int _outputStart;
    private int _outputEnd;
    private bool _outputIsClosed;
    private bool _lineIsOpen;
    private int _endMilliseconds = FirstEndMilliseconds;
    private long _nextEnd;

    /// <summary>Takes over the master's mode; the fd stays the caller's.</summary>
    internal TerminalCopy(Fd master, bool inputIsTerminal)
    {
        _master = master;
        _inputIsTerminal = inputIsTerminal;
        nint flags = Sys.Raw(SyscallNumber.fcntl, master.Number, F_GETFL);
        Sys.Raw(SyscallNumber.fcntl, master.Number, F_SETFL, flags | O_NONBLOCK);
    }

    /// <summary>Whether standard input is this command's to read: a terminal's is not in the background.</summary>
    internal bool MayRead { get; set; } = true;

    /// <summary>Whether standard input has ended.</summary>
    internal bool InputEnded { get; private set; }

    /// <summary>Whether nobody is left on the other side: the host's terminal is gone, or nobody reads standard output.</summary>
    internal bool IsAlone { get; private set; }

    /// <summary>Whether no process has the guest's side open: reading the master says EIO until one opens it again.</summary>
    internal bool HungUp { get; private set; }

    /// <summary>Whether something that the guest wrote has not been shown yet.</summary>
    internal bool HasOutput => _outputStart < _outputEnd;

    /// <summary>What to poll standard input for: nothing as long as the guest has not taken what was read before.</summary>
    internal pollfd InputPoll => new() { fd = MayRead && !InputEnded && !HasInput ? 0 : -1, events = POLLIN };

    /// <summary>What to poll standard output for: that its reader goes is told without being asked for.</summary>
    internal pollfd OutputPoll => new() { fd = _outputIsClosed ? -1 : 1, events = HasOutput ? POLLOUT : (short)0 };

    /// <summary>What to poll the master for. A hang-up is told whatever is asked for: with nothing to ask, nothing is polled.</summary>
    internal pollfd MasterPoll
    {
        get
        {
            int events = (HasOutput ? 0 : POLLIN) | (HasInput ? POLLOUT : 0);
            return new pollfd { fd = HungUp || events == 0 ? -1 : _master.Number, events = (short)events };
        }
    }

    /// <summary>The longest that a poll may take, in milliseconds, −1 without a limit.</summary>
    internal int PollMilliseconds
    {
        get
        {
            int end = InputEnded ? (int)Math.Max(0, _nextEnd - Environment.TickCount64) : -1;
            return !HungUp ? end : end < 0 ? HungUpMilliseconds : Math.Min(end, HungUpMilliseconds);
        }
    }

    private bool HasInput => _inputStart < _inputEnd;

    /// <summary>Does what <see cref="InputPoll"/>, <see cref="MasterPoll"/> and <see cref="OutputPoll"/> found to do.</summary>
    internal void Go(short input, short master, short output)
    {
        bool wasHungUp = HungUp;
        HungUp = false;
        if ((master & POLLOUT) != 0)
        {
            WriteInput();
        }

        if (HasOutput && output != 0)
        {
            WriteOutput();
        }
        else if ((master & ~POLLOUT) != 0 && !HasOutput)
        {
            ReadOutput();
        }

        IsAlone |= (output & (POLLERR | POLLHUP)) != 0;
        _outputIsClosed |= (output & ~(POLLERR | POLLHUP | POLLOUT)) != 0; // POLLNVAL: it was never open.
        if (input != 0)
        {
            ReadInput();
        }

        if (InputEnded && Environment.TickCount64 >= _nextEnd)
        {
            SayEnd(wasHungUp);
        }
    }

    /// <summary>Shows a part of what the guest wrote. Where that fails it is lost, as with a shell.</summary>
    internal unsafe void WriteOutput()
    {
        nint written;
        // SAFETY: the array is pinned for the call.
        fixed (byte* p = _output)
        {
            written = Sys.RawRetry(SyscallNumber.write, 1, (nint)(p + _outputStart), Math.Min(_outputEnd - _outputStart, AtomicPipeWrite));
        }

        if (written > 0)
        {
            _outputStart += (int)written;
        }
        else if (written != -(int)Errno.EAGAIN)
        {
            _outputStart = _outputEnd;
            IsAlone |= written is -(int)Errno.EPIPE or -(int)Errno.EIO or -(int)Errno.ECONNRESET;
        }
    }

    /// <summary>Takes what the guest wrote, once all that was taken before is shown.</summary>
    internal void ReadOutput()
    {
        nint length = Read(_master.Number, _output);
        if (length > 0 && !_outputIsClosed)
        {
            _outputStart = 0;
            _outputEnd = (int)length;
        }

        HungUp = length <= 0 && length != -(int)Errno.EAGAIN;
    }

    // What a person typed. A raw terminal has no end of input: that, and an error, say that it is gone.
    private void ReadInput()
    {
        nint length = Read(0, _input);
        if (length > 0)
        {
            _inputStart = 0;
            _inputEnd = (int)length;
            _lineIsOpen = _input[length - 1] is not ((byte)'\n' or (byte)'\r');
            WriteInput();
        }
        else if (length != -(int)Errno.EAGAIN)
        {
            InputEnded = true;
            IsAlone |= _inputIsTerminal;
        }
    }

    // Gives the guest what it has room for.
    private unsafe void WriteInput()
    {
        // SAFETY: the array is pinned for the call.
        fixed (byte* p = _input)
        {
            nint written = Sys.RawRetry(SyscallNumber.write, _master.Number, (nint)(p + _inputStart), _inputEnd - _inputStart);
            if (written > 0)
            {
                _inputStart += (int)written;
            }
            else if (written != -(int)Errno.EAGAIN)
            {
                _inputStart = _inputEnd; // Nobody is there to take it.
            }
        }
    }

    // A terminal has no end of input but the one that is typed, and that ends one read only: it is lost on a shell that has
    // not set its terminal up yet, and ends a line that was begun. So it is said to every read, as the end of a pipe is.
    // Who edits lines does not take it within one: that is entered first.
    private void SayEnd(bool isHungUp)
    {
        _nextEnd = Environment.TickCount64 + _endMilliseconds;
        _endMilliseconds = Math.Min(_endMilliseconds * 2, LongestEndMilliseconds);
        if (!HasInput && !isHungUp && !GuestTerminal.HasUnreadInput(_master.Number))
        {
            byte? end = GuestTerminal.EndOfLines(_master.Number);
            _input[0] = end ?? (_lineIsOpen ? Enter : EndOfTransmission);
            _lineIsOpen &= end is not null;
            _inputStart = 0;
            _inputEnd = 1;
            WriteInput();
        }
    }

    private static unsafe nint Read(int fd, byte[] buffer)
    {
        // SAFETY: the array is pinned for the call.
        fixed (byte* p = buffer)
        {
            return Sys.RawRetry(SyscallNumber.read, fd, (nint)p, buffer.Length);
        }
    }
}
