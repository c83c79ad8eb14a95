using CctlImages.Commands;

namespace CctlImages.Progress;

/// <summary>Which view a request wants: bars on a terminal, lines otherwise, nothing when it is to be quiet.</summary>
internal static class ProgressViews
{
    internal static IProgressView Create(Request request) =>
        request.Quiet ? new SilentProgress()
        : Console.IsErrorRedirected || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb" ? new LineProgress()
        : new BarProgress();
}
