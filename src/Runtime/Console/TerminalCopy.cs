using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Console;

/// <summary>
/// Carries bytes between standard input and output and the master side of the guest's terminal. The master never
/// blocks: a guest that does not read must not keep cctl from showing what it writes. No allocation per chunk.
/// </summary>
internal sealed class TerminalCopy
{
    private const int ChunkSize = 16 << 10;
    private const byte EndOfTransmission = 4; // Ctrl-D, VEOF of a new terminal.

    private readonly Fd _master;
    private readonly byte[] _input = new byte[ChunkSize];
    private readonly byte[] _output = new byte[ChunkSize];
    private int _inputStart;
    private int _inputEnd;

    /// <summary>Takes over the master's mode; the fd stays the caller's.</summary>
    internal TerminalCopy(Fd master)
    {
        _master = master;
        nint flags = Sys.Raw(SyscallNumber.fcntl, master.Number, F_GETFL);
        Sys.Raw(SyscallNumber.fcntl, master.Number, F_SETFL, flags | O_NONBLOCK);
    }

    /// <summary>Whether standard input may still give something.</summary>
    internal bool InputOpen { get; private set; } = true;

    /// <summary>Whether no process has the guest's side open: reading the master says EIO until one opens it again.</summary>
    internal bool HungUp { get; private set; }

    /// <summary>What to poll standard input for: nothing as long as the guest has not taken what was read before.</summary>
    internal pollfd InputPoll => new() { fd = InputOpen && _inputStart == _inputEnd ? 0 : -1, events = POLLIN };

    /// <summary>What to poll the master for.</summary>
    internal pollfd MasterPoll => new()
    {
        fd = HungUp ? -1 : _master.Number,
        events = (short)(POLLIN | (_inputStart < _inputEnd ? POLLOUT : 0)),
    };

    /// <summary>Reads what a person typed. An error, such as the EIO of a terminal that is gone, is the end of it.</summary>
    internal void ReadInput()
    {
        nint length = Read(0, _input);
        if (length > 0)
        {
            _inputStart = 0;
            _inputEnd = (int)length;
            WriteInput();
        }
        else if (length != -(int)Errno.EAGAIN)
        {
            InputOpen = false;
            if (length == 0)
            {
                // A terminal has no end of input but the one that is typed.
                _input[0] = EndOfTransmission;
                _inputStart = 0;
                _inputEnd = 1;
                WriteInput();
            }
        }
    }

    /// <summary>Gives the guest what it has room for.</summary>
    internal unsafe void WriteInput()
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

    /// <summary>Shows what the guest wrote; false when there is nothing more at the moment.</summary>
    internal bool CopyOutput()
    {
        nint length = Read(_master.Number, _output);
        if (length > 0)
        {
            HungUp = false;
            WriteAll(1, _output.AsSpan(0, (int)length));
            return true;
        }

        HungUp = length != -(int)Errno.EAGAIN;
        return false;
    }

    /// <summary>Looks again whether somebody opened the guest's side.</summary>
    internal void TryAgain() => HungUp = false;

    /// <summary>
    /// Shows what is left after the guest's end. The kernel hands it over a moment later than the end; the hang-up
    /// follows the last byte. A process outside of the guest's pid namespace may keep the terminal open: it is not waited for.
    /// </summary>
    internal void Drain(int milliseconds)
    {
        HungUp = false;
        Span<pollfd> polled = [new pollfd { fd = _master.Number, events = POLLIN }];
        while (!HungUp && Sys.Poll(polled, milliseconds) > 0)
        {
            CopyOutput();
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

    // Standard output may be set not to block by whoever shares it. Where it is closed the guest's output is lost, as with a shell.
    private static void WriteAll(int fd, ReadOnlySpan<byte> bytes)
    {
        Span<pollfd> polled = [new pollfd { fd = fd, events = POLLOUT }];
        while (bytes.Length > 0)
        {
            nint written = WriteOnce(fd, bytes);
            if (written > 0)
            {
                bytes = bytes[(int)written..];
            }
            else if (written == -(int)Errno.EAGAIN)
            {
                Sys.Poll(polled, -1);
            }
            else
            {
                return;
            }
        }
    }

    private static unsafe nint WriteOnce(int fd, ReadOnlySpan<byte> bytes)
    {
        // SAFETY: the span is pinned for the call.
        fixed (byte* p = bytes)
        {
            return Sys.RawRetry(SyscallNumber.write, fd, (nint)p, bytes.Length);
        }
    }
}
