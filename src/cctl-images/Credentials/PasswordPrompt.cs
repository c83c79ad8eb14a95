using System.Text;
using Runtime.Images;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace CctlImages.Credentials;

/// <summary>Reads a password: from standard input as it stands, or from the terminal without showing it.</summary>
internal static unsafe class PasswordPrompt
{
    private const int Longest = 64 << 10;
    private const uint ECHO = 8; // asm-generic/termbits.h

    /// <summary>Standard input to its end, without the last line's end.</summary>
    /// <exception cref="ImageException">There is nothing, or too much.</exception>
    public static string FromStandardInput()
    {
        Errno errno = FileText.TryReadAll(0, out byte[] bytes, Longest);
        string password = errno == Errno.OK ? Encoding.UTF8.GetString(bytes) : throw new ImageException($"--password-stdin: {errno.InWords()}");
        password = password.EndsWith('\n') ? password[..^1] : password;
        password = password.EndsWith('\r') ? password[..^1] : password;
        return password.Length > 0 ? password : throw new ImageException("--password-stdin: standard input is empty");
    }

    /// <summary>Asks on the terminal; what is typed is not shown.</summary>
    /// <param name="question">What to ask, as <c>Password: </c>.</param>
    /// <param name="hidden">Whether to hide what is typed.</param>
    /// <exception cref="ImageException">There is no terminal.</exception>
    public static string FromTerminal(string question, bool hidden)
    {
        if (Sys.TryOpenAt(AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY, 0, out Fd? opened) != Errno.OK)
        {
            throw new ImageException("there is no terminal to ask on: use --username and --password-stdin");
        }

        using Fd terminal = opened!;
        var before = default(kernel_termios);
        // SAFETY: the structs lie on this frame until the calls return.
        bool known = Sys.Ioctl(terminal.Number, TCGETS, (nint)(&before)) >= 0;
        kernel_termios quiet = before;
        quiet.c_lflag &= ~ECHO;
        if (hidden && (!known || Sys.Ioctl(terminal.Number, TCSETS, (nint)(&quiet)) < 0))
        {
            throw new ImageException("the terminal cannot be kept from showing the password: use --password-stdin");
        }

        using System.Runtime.InteropServices.PosixSignalRegistration? interrupted = hidden ? Restoring(terminal.Number, before) : null;
        try
        {
            Sys.TryWrite(terminal.Number, Encoding.UTF8.GetBytes(question));
            return ReadLine(terminal.Number);
        }
        finally
        {
            if (hidden)
            {
                Sys.Ioctl(terminal.Number, TCSETS, (nint)(&before));
                Sys.TryWrite(terminal.Number, "\n"u8);
            }
        }
    }

    // Ctrl-C ends the program, and must not leave a terminal that shows nothing.
    private static System.Runtime.InteropServices.PosixSignalRegistration Restoring(int terminal, kernel_termios before) =>
        System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGINT, _ =>
        {
            kernel_termios saved = before;
            // SAFETY: the copy lies on this frame until the call returns.
            Sys.Ioctl(terminal, TCSETS, (nint)(&saved));
        });

    private static string ReadLine(int terminal)
    {
        var line = new List<byte>();
        Span<byte> one = stackalloc byte[1];
        while (line.Count < Longest && Sys.Read(terminal, one) > 0 && one[0] != '\n')
        {
            line.Add(one[0]);
        }

        return Encoding.UTF8.GetString([.. line]);
    }
}
