using Runtime.Linux;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Terminals;

/// <summary>
/// The terminal that cctl was started from: its raw mode and its window size. It is changed only while cctl is in its
/// foreground, as every job of a shell does; what was changed is restored by <see cref="Restore"/>.
/// </summary>
internal sealed unsafe class HostTerminal
{
    // termios(3), asm-generic/termbits.h
    private const uint IGNBRK = 0x1, BRKINT = 0x2, PARMRK = 0x8, ISTRIP = 0x20, INLCR = 0x40, IGNCR = 0x80, ICRNL = 0x100, IXON = 0x400;
    private const uint OPOST = 0x1;
    private const uint CSIZE = 0x30, CS8 = 0x30, PARENB = 0x100;
    private const uint ISIG = 0x1, ICANON = 0x2, ECHO = 0x8, ECHONL = 0x40, IEXTEN = 0x8000;
    private const int VTIME = 5, VMIN = 6;

    private readonly int _fd;
    private readonly bool _showsOutput;
    private kernel_termios _before;
    private bool _raw;

    private HostTerminal(int fd, bool showsOutput)
    {
        _fd = fd;
        _showsOutput = showsOutput;
    }

    /// <summary>The terminal on standard input; null where that is none.</summary>
    internal static HostTerminal? OnStandardInput() => IsTerminal(0) ? new HostTerminal(0, IsTerminal(1)) : null;

    /// <summary>Whether a terminal is there.</summary>
    internal static bool IsTerminal(int fd)
    {
        kernel_termios attributes;
        // SAFETY: the struct lives on this frame until the call returns.
        return Sys.Ioctl(fd, TCGETS, (nint)(&attributes)) >= 0;
    }

    /// <summary>
    /// Whether cctl may read and change the terminal: it is in its foreground process group, or nobody controls jobs there,
    /// since the terminal is not the controlling one of this session (ENOTTY), or gone (EIO).
    /// </summary>
    internal bool IsForeground
    {
        get
        {
            int group = 0;
            // SAFETY: the number lives on this frame until the call returns.
            return Sys.Ioctl(_fd, TIOCGPGRP, (nint)(&group)) < 0 || group == (int)Sys.Raw(SyscallNumberOfGetpgid, 0);
        }
    }

    // getpgrp is not a call of arm64.
    private static int SyscallNumberOfGetpgid => System.Runtime.Intrinsics.X86.X86Base.IsSupported ? 121 : 155;

    /// <summary>
    /// Lets every byte through as it is: what Ctrl-C means is for the guest's own terminal to say. See cfmakeraw(3). Where
    /// what the guest writes goes elsewhere, others write here, such as the rest of a pipeline: they keep their line ends.
    /// </summary>
    internal void MakeRaw()
    {
        if (!IsForeground)
        {
            return;
        }

        kernel_termios attributes = default;
        // SAFETY: the struct lives on this frame until the calls return.
        if (Sys.Ioctl(_fd, TCGETS, (nint)(&attributes)) < 0)
        {
            return;
        }

        if (!_raw)
        {
            _before = attributes;
        }

        attributes.c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
        attributes.c_oflag &= _showsOutput ? ~OPOST : ~0u;
        attributes.c_lflag &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
        attributes.c_cflag = (attributes.c_cflag & ~(CSIZE | PARENB)) | CS8;
        attributes.c_cc[VMIN] = 1;
        attributes.c_cc[VTIME] = 0;
        _raw = Sys.Ioctl(_fd, TCSETS, (nint)(&attributes)) >= 0;
    }

    /// <summary>Gives the terminal back as it was. In the background it is another's, who set it as it needs it.</summary>
    internal void Restore()
    {
        if (_raw && IsForeground)
        {
            kernel_termios attributes = _before;
            // SAFETY: the struct lives on this frame until the call returns.
            Sys.Ioctl(_fd, TCSETS, (nint)(&attributes));
        }

        _raw = false;
    }

    /// <summary>Forgets the modes from before: cctl was stopped, and continued behind a shell that has its own.</summary>
    internal void LeaveToOthers() => _raw = false;

    /// <summary>
    /// Gives the guest's terminal the window size of the one that a standard stream leads to, if any does; the kernel
    /// sends SIGWINCH to its foreground processes.
    /// </summary>
    internal static void CopySizeTo(int master)
    {
        for (int fd = 0; fd <= 2; fd++)
        {
            winsize size = default;
            // SAFETY: the struct lives on this frame until the calls return.
            if (Sys.Ioctl(fd, TIOCGWINSZ, (nint)(&size)) >= 0 && size.ws_row > 0)
            {
                Sys.Ioctl(master, TIOCSWINSZ, (nint)(&size));
                return;
            }
        }
    }
}
