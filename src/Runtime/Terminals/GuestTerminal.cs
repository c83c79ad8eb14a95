using Runtime.Linux;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Terminals;

/// <summary>The guest's terminal, seen from its master side: modes, and whether what was typed has been read.</summary>
internal static unsafe class GuestTerminal
{
    // termios(3), asm-generic/termbits.h
    private const uint ONLCR = 0x4;
    private const uint ICANON = 0x2;
    private const int VEOF = 4;

    /// <summary>Lets a line end as the guest writes it, LF without a CR: for output that no terminal shows.</summary>
    internal static void KeepLineEnds(int master)
    {
        kernel_termios attributes = default;
        // SAFETY: the struct lives on this frame until the calls return. The master's modes are the slave's (tty_ioctl(4)).
        if (Sys.Ioctl(master, TCGETS, (nint)(&attributes)) >= 0)
        {
            attributes.c_oflag &= ~ONLCR;
            Sys.Ioctl(master, TCSETS, (nint)(&attributes));
        }
    }

    /// <summary>The byte that ends the input of a guest that reads lines, as it has set it; null where it reads bytes.</summary>
    internal static byte? EndOfLines(int master)
    {
        kernel_termios attributes = default;
        // SAFETY: the struct lives on this frame until the call returns.
        return Sys.Ioctl(master, TCGETS, (nint)(&attributes)) >= 0 && (attributes.c_lflag & ICANON) != 0 && attributes.c_cc[VEOF] != 0
            ? attributes.c_cc[VEOF]
            : null;
    }

    /// <summary>
    /// Whether the guest has something to read, be it an end of input: FIONREAD does not count that, poll(2) does. The other
    /// side is opened for this moment only, as it would else never hang up.
    /// </summary>
    internal static bool HasUnreadInput(int master)
    {
        nint slave = Sys.Ioctl(master, TIOCGPTPEER, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (slave < 0)
        {
            return false;
        }

        Span<pollfd> polled = [new pollfd { fd = (int)slave, events = POLLIN }];
        bool unread = Sys.Poll(polled, 0) > 0 && (polled[0].revents & POLLIN) != 0;
        Sys.Close((int)slave);
        return unread;
    }
}
