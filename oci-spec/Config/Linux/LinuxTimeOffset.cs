namespace OciSpec;

/// <summary>Offset of one clock of a new time namespace, time_namespaces(7), Linux 5.6 (config-linux.md, offset for time namespace).</summary>
[OciDocument]
public sealed class LinuxTimeOffset
{
    /// <summary><c>secs</c>: seconds; absent means 0.</summary>
    public long? Secs { get; set; }

    /// <summary><c>nanosecs</c>: nanoseconds in addition, less than 1000000000; absent means 0.</summary>
    public uint? Nanosecs { get; set; }
}
