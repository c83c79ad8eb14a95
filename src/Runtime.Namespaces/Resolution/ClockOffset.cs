using OciSpec;

namespace Runtime.Namespaces.Resolution;

/// <summary>The offset of a clock as /proc/PID/timens_offsets takes it (time_namespaces(7)).</summary>
internal static class ClockOffset
{
    /// <summary>A line of the file: clock, seconds, nanoseconds.</summary>
    internal static string Line(string clock, LinuxTimeOffset offset) => $"{clock} {offset.Secs ?? 0} {offset.Nanosecs ?? 0}\n";
}
