using System.Globalization;
using Runtime.Linux;

namespace Runtime.Namespaces.Plan;

/// <summary>How a hook ended that failed.</summary>
public static class HookEnding
{
    /// <summary>In words.</summary>
    /// <param name="status">Its status, with <see cref="ControlMessage.HookStatus"/> and <see cref="ControlMessage.HookSignal"/>.</param>
    /// <param name="said">What it wrote last; empty for nothing.</param>
    public static string Of(int status, string said)
    {
        int number = status & 0xffff;
        string ending = (status & ControlMessage.HookSignal) != 0
            ? "killed by " + SignalName.Of(number)
            : string.Create(CultureInfo.InvariantCulture, $"exit status {number}");
        return said.Length == 0 ? ending : $"{ending}: {said}";
    }
}
