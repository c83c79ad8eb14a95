using Cctl.Logging;
using OciSpec;
using Runtime;
using Runtime.Cgroups;
using Runtime.Images;
using Runtime.Linux;
using Runtime.Namespaces;

namespace Cctl.Cli;

/// <summary>Tells the caller what failed: one line on standard error, and in the log where there is one.</summary>
internal static class ErrorReport
{
    /// <summary>Reports the error.</summary>
    /// <returns>The exit status.</returns>
    internal static int Fail(Globals globals, Exception exception)
    {
        bool known = IsForTheCaller(exception);
        string message = known
            ? OneLine(exception.Message)
            : $"internal error: {exception.GetType().Name}: {OneLine(exception.Message)}: please report it with the output of --debug";
        if (!known)
        {
            RuntimeLog.Write(LogLevel.Debug, OneLine(exception.ToString()));
        }

        Log.Error(globals, message);
        return CommandLine.Failure;
    }

    private static bool IsForTheCaller(Exception exception) =>
        exception is UsageException or ContainerException or ConfigException or LaunchException or CgroupException
            or SyscallException or ArchiveException;

    private static string OneLine(string text) => text.Contains('\n') ? text.ReplaceLineEndings(" ") : text;
}
