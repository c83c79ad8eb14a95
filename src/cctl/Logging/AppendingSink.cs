using System.Text;
using Cctl.Streams;
using Runtime;
using Runtime.Linux;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using static Runtime.Linux.Abi;

namespace Cctl.Logging;

/// <summary>
/// Appends each line with one write(2) to a file opened with O_APPEND, so that several cctl processes may share it;
/// Serilog's own file sink keeps a position and would write over the others' lines.
/// </summary>
internal sealed class AppendingSink : ILogEventSink
{
    private readonly ITextFormatter _formatter;
    private readonly string? _file;
    private int _fd;

    internal AppendingSink(string? file, ITextFormatter formatter)
    {
        _formatter = formatter;
        _fd = 2;
        _file = file;
        if (file is not null)
        {
            Errno errno = TryOpen(file, out Fd? opened);
            if (opened is null)
            {
                Output.WriteError($"cctl: --log {SafeText.Of(file)}: {errno.Name()}: the log goes here\n");
                return;
            }

            _fd = opened.Release(); // Until the process ends.
        }
    }

    /// <summary>
    /// Refuses a log that cannot be written, before anything is done that it should tell of. A FIFO without a reader is none
    /// of it: another user may have put it there, and its lines go to standard error.
    /// </summary>
    /// <exception cref="ContainerException">It cannot be opened.</exception>
    internal static void Require(string file)
    {
        Errno errno = TryOpen(file, out Fd? opened);
        opened?.Dispose();
        if (errno is not (Errno.OK or Errno.ENXIO))
        {
            throw new ContainerException($"--log {file}: {errno.InWords()}: {(errno == Errno.ENOENT ? "make its directory first, or " : string.Empty)}name another file");
        }
    }

    // Where a FIFO lies that nobody reads, neither the opening nor a line may wait for a reader.
    private static Errno TryOpen(string file, out Fd? opened) =>
        Sys.TryOpenAt(AT_FDCWD, file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY, 0b110_100_100, out opened);

    public void Emit(LogEvent logEvent)
    {
        using var line = new StringWriter();
        _formatter.Format(logEvent, line);
        byte[] bytes = Encoding.UTF8.GetBytes(line.ToString());
        Errno errno = Sys.TryWrite(_fd, bytes);
        if (errno != Errno.OK && _fd != 2)
        {
            // A line of the log is lost nowhere: what the file does not take goes where errors go, and so does the rest.
            Output.WriteError($"cctl: --log {SafeText.Of(_file!)}: {errno.Name()}: the log goes here\n");
            _fd = 2;
            Sys.TryWrite(_fd, bytes);
        }
    }
}
