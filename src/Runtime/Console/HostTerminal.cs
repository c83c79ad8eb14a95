using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Console;

/// <summary>
/// The terminal that cctl was started from: its raw mode and its window size. What was changed is restored by
/// <see cref="Restore"/> and by <see cref="Dispose"/>, whichever comes first.
/// </summary>
internal sealed unsafe class HostTerminal : IDisposable
{
    // termios(3), asm-generic/termbits.h
    private const uint IGNBRK = 0x1, BRKINT = 0x2, PARMRK = 0x8, ISTRIP = 0x20, INLCR = 0x40, IGNCR = 0x80, ICRNL = 0x100, IXON = 0x400;
    private const uint OPOST = 0x1;
    private const uint CSIZE = 0x30, CS8 = 0x30, PARENB = 0x100;
    private const uint ISIG = 0x1, ICANON = 0x2, ECHO = 0x8, ECHONL = 0x40, IEXTEN = 0x8000;
    private const int VTIME = 5, VMIN = 6;

    private readonly int _fd;
    private kernel_termios _before;
    private bool _raw;

    private HostTerminal(int fd) => _fd = fd;

    /// <summary>The terminal on standard input; null where that is none.</summary>
    internal static HostTerminal? OnStandardInput()
    {
        kernel_termios attributes;
        // SAFETY: the struct lives on this frame until the call returns.
        return Sys.Ioctl(0, TCGETS, (nint)(&attributes)) >= 0 ? new HostTerminal(0) : null;
    }

    /// <summary>Whether cctl is in the terminal's foreground process group: only then may it read or change the terminal.</summary>
    internal bool IsForeground
    {
        get
        {
            int group = 0;
            // SAFETY: the number lives on this frame until the call returns.
            return Sys.Ioctl(_fd, TIOCGPGRP, (nint)(&group)) >= 0 && group == (int)Sys.Raw(SyscallNumberOfGetpgrp, 0);
        }
    }

    // getpgid(2); getpgrp is not a call of arm64.
    private static int SyscallNumberOfGetpgrp => System.Runtime.Intrinsics.X86.X86Base.IsSupported ? 121 : 155;

    /// <summary>Lets every byte through as it is: what Ctrl-C means is for the guest's own terminal to say. See cfmakeraw(3).</summary>
    internal void MakeRaw()
    {
        if (_raw || !IsForeground)
        {
            return;
        }

        kernel_termios attributes = default;
        // SAFETY: the struct lives on this frame until the calls return.
        if (Sys.Ioctl(_fd, TCGETS, (nint)(&attributes)) < 0)
        {
            return;
        }

        _before = attributes;
        attributes.c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
        attributes.c_oflag &= ~OPOST;
        attributes.c_lflag &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
        attributes.c_cflag = (attributes.c_cflag & ~(CSIZE | PARENB)) | CS8;
        attributes.c_cc[VMIN] = 1;
        attributes.c_cc[VTIME] = 0;
        _raw = Sys.Ioctl(_fd, TCSETS, (nint)(&attributes)) >= 0;
    }

    /// <summary>Gives the terminal back as it was.</summary>
    internal void Restore()
    {
        if (_raw)
        {
            kernel_termios attributes = _before;
            // SAFETY: the struct lives on this frame until the call returns.
            Sys.Ioctl(_fd, TCSETS, (nint)(&attributes));
            _raw = false;
        }
    }

    /// <summary>Gives the guest's terminal this one's window size; the kernel sends SIGWINCH to its foreground processes.</summary>
    internal void CopySizeTo(int master)
    {
        winsize size = default;
        // SAFETY: the struct lives on this frame until the calls return.
        if (Sys.Ioctl(_fd, TIOCGWINSZ, (nint)(&size)) >= 0 && size.ws_row > 0)
        {
            Sys.Ioctl(master, TIOCSWINSZ, (nint)(&size));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Restore();
}
