using System.Globalization;
using System.Text.Encodings.Web;
using Serilog.Events;
using Serilog.Formatting;

namespace Cctl.Logging;

/// <summary>What the formatters share.</summary>
internal static class LineParts
{
    internal static string Message(LogEvent logEvent) =>
        logEvent.Properties.TryGetValue("Message", out LogEventPropertyValue? value) && value is ScalarValue { Value: string text }
            ? text
            : logEvent.RenderMessage(CultureInfo.InvariantCulture);

    internal static string Level(LogEvent logEvent) => logEvent.Level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => "debug",
        LogEventLevel.Information => "info",
        LogEventLevel.Warning => "warning",
        _ => "error",
    };

    internal static string Time(LogEvent logEvent) =>
        logEvent.Timestamp.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);

    internal static string Quoted(string text) => string.Concat("\"", JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text), "\"");
}

/// <summary>The lines that containerd, docker and podman take a runtime's last error from: level, msg and time.</summary>
internal sealed class JsonLineFormatter : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output) =>
        output.Write($"{{\"level\":\"{LineParts.Level(logEvent)}\",\"msg\":{LineParts.Quoted(LineParts.Message(logEvent))},\"time\":\"{LineParts.Time(logEvent)}\"}}\n");
}

/// <summary>The same for people: <c>time="…" level=error msg="…"</c>.</summary>
internal sealed class TextLineFormatter : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output) =>
        output.Write($"time=\"{LineParts.Time(logEvent)}\" level={LineParts.Level(logEvent)} msg={LineParts.Quoted(LineParts.Message(logEvent))}\n");
}

/// <summary>Lines on standard error, beside the person who waits: <c>cctl: warning: …</c>.</summary>
internal sealed class TerminalLineFormatter : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output) =>
        output.Write($"cctl: {LineParts.Level(logEvent)}: {LineParts.Message(logEvent)}\n");
}
