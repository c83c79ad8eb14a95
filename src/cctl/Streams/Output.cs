using System.Text;
using Runtime;
using Runtime.Linux;
using Tmds.Linux;

namespace Cctl.Streams;

/// <summary>Standard output and standard error by write(2): the Console class costs more to start than most commands do.</summary>
internal static class Output
{
    /// <summary>Writes to standard output.</summary>
    internal static void Write(ReadOnlySpan<byte> bytes) => WriteTo(1, bytes);

    /// <summary>Writes to standard output, in UTF-8.</summary>
    internal static void Write(string text) => WriteTo(1, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes to standard error, in UTF-8. Where that is closed nobody wants to know.</summary>
    internal static void WriteError(string text) => Sys.TryWrite(2, Encoding.UTF8.GetBytes(text));

    /// <summary>Whether a person reads standard output; isatty(3).</summary>
    internal static bool IsTerminal => TerminalWidth() > 0;

    /// <summary>Columns of the terminal on standard output; 0 where it is none, 80 where it does not say.</summary>
    internal static int TerminalWidth() => TerminalSize().Columns;

    /// <summary>Size of the terminal on standard output; no columns where it is none, 80 by 24 where it does not say.</summary>
    internal static (int Columns, int Rows) TerminalSize()
    {
        bool isTerminal = TrySize(1, out winsize size);
        return !isTerminal ? (0, 0) : (size.ws_col > 0 ? size.ws_col : 80, size.ws_row > 0 ? size.ws_row : 24);
    }

    /// <summary>Whether a stream is a terminal; isatty(3).</summary>
    internal static bool IsTerminalAt(int fd) => TrySize(fd, out _);

    private static unsafe bool TrySize(int fd, out winsize size)
    {
        winsize found = default;
        // SAFETY: the struct lives on this frame until the call returns.
        nint result = Sys.Ioctl(fd, Abi.TIOCGWINSZ, (nint)(&found));
        size = found;
        return result >= 0;
    }

    private static void WriteTo(int fd, ReadOnlySpan<byte> bytes)
    {
        Errno errno = Sys.TryWrite(fd, bytes);

        // EPIPE: whoever read has seen enough.
        if (errno is not (Errno.OK or Errno.EPIPE))
        {
            string wayOut = errno is Errno.ENOSPC or Errno.EDQUOT ? ": make room where it leads" : errno == Errno.EBADF ? ": it is closed" : string.Empty;
            throw new ContainerException($"{(fd == 1 ? "standard output" : "standard error")}: {errno.InWords()}{wayOut}");
        }
    }
}
