using Cctl.Logging;
using OciSpec;
using Runtime;
using Runtime.Linux;

namespace Cctl.Cli;

/// <summary>Tells the caller what failed: one line on standard error, and in the log where there is one.</summary>
internal static class ErrorReport
{
    /// <summary>Reports the error.</summary>
    /// <returns>The exit status.</returns>
    internal static int Fail(Exception exception)
    {
        bool known = exception is ReportedException or ConfigException;
        string message = known
            ? OneLine(exception.Message) + WayOut(exception)
            : $"internal error: {exception.GetType().Name}: {OneLine(exception.Message)}: please report it with the output of --debug";
        if (!known)
        {
            RuntimeLog.Write(LogLevel.Debug, OneLine(exception.ToString()));
        }

        Log.Error(message);
        return CommandLine.Failure;
    }

    // What has no place of its own in the configuration, and can fail anywhere.
    private static string WayOut(Exception exception)
    {
        string message = exception.Message;
        string meaning = exception is SyscallException { Errno: var errno } && errno.Meaning() is { Length: > 0 } words && !message.Contains(words, StringComparison.Ordinal)
            ? ": " + words
            : string.Empty;
        return message.Contains("EMFILE", StringComparison.Ordinal) ? $"{meaning}: the limit of open files is {OpenFiles()}: raise it (ulimit -n)"
            : message.Contains("ENFILE", StringComparison.Ordinal) ? $"{meaning}: the machine's limit of open files is reached: see fs.file-max"
            : meaning;
    }

    private static unsafe string OpenFiles()
    {
        Abi.rlimit64 limit = default;
        // SAFETY: the struct lives on this frame until the call returns.
        return Sys.TryPrlimit(0, Abi.RLIMIT_NOFILE, null, &limit) == Errno.OK ? limit.rlim_cur.ToString(System.Globalization.CultureInfo.InvariantCulture) : "reached";
    }

    private static string OneLine(string text) => text.Contains('\n') ? text.ReplaceLineEndings(" ") : text;
}
