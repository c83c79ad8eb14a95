using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>The offsets of a new time namespace (time_namespaces(7)), from outside: beside a joined user namespace the process's file is the host's root's.</summary>
public static class TimeOffsets
{
    /// <summary>Writes them, with the runtime's rights.</summary>
    /// <param name="pid">A process that has made a time namespace, and waits for the runtime.</param>
    /// <param name="offsets">By the names of the clocks.</param>
    /// <exception cref="LaunchException">The kernel refused one.</exception>
    public static void Write(int pid, Dictionary<string, LinuxTimeOffset> offsets)
    {
        foreach ((string clock, LinuxTimeOffset offset) in offsets)
        {
            Errno errno = FileText.TryWrite(AT_FDCWD, $"/proc/{pid}/timens_offsets", ClockOffset.Line(clock, offset));
            if (errno != Errno.OK)
            {
                throw new LaunchException($"/linux/timeOffsets/{clock}", $"set the offset of {clock}", errno, Hints.For(HintKind.Sysctl, errno));
            }
        }
    }
}
