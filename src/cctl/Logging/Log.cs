using System.Runtime.CompilerServices;
using Cctl.Streams;
using Runtime;
using Runtime.Linux;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace Cctl.Logging;

/// <summary>
/// The log: nothing of it is made before there is a line to write, since most commands have none. Lines go to the
/// file of --log where there is one, else to standard error; errors go to standard error in any case. Nothing that a
/// terminal would obey gets through, not even to a log of JSON: who reads it prints its messages.
/// </summary>
internal static class Log
{
    private static Logger? s_logger;

    /// <summary>The log's file; null when there is none.</summary>
    internal static string? File { get; set; }

    /// <summary>Whether its lines are JSON.</summary>
    internal static bool IsJson { get; set; }

    /// <summary>Records an error, and tells the person at the shell.</summary>
    internal static void Error(string message)
    {
        message = SafeText.Of(message);
        if (File is not null || IsJson)
        {
            Write(LogLevel.Error, message);
        }

        if (File is not null || !IsJson)
        {
            Output.WriteError($"cctl: {message}\n");
        }
    }

    /// <summary>Records a message.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Write(LogLevel level, string message)
    {
        s_logger ??= Create();
        s_logger.Write(Level(level), "{Message:l}", SafeText.Of(message));
    }

    private static Logger Create()
    {
        ITextFormatter formatter = IsJson ? new JsonLineFormatter()
            : File is null ? new TerminalLineFormatter() : new TextLineFormatter();
        return new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .WriteTo.Sink(new AppendingSink(File, formatter))
            .CreateLogger();
    }

    private static LogEventLevel Level(LogLevel level) => level switch
    {
        LogLevel.Debug => LogEventLevel.Debug,
        LogLevel.Info => LogEventLevel.Information,
        LogLevel.Warning => LogEventLevel.Warning,
        _ => LogEventLevel.Error,
    };
}
