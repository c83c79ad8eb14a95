namespace OciSpec;

/// <summary>Rate limit of one block device (config-linux.md, block IO, <c>throttle…Device</c>).</summary>
[OciDocument]
public sealed class LinuxThrottleDevice
{
    /// <summary><c>major</c>, required: device's major number.</summary>
    public long? Major { get; set; }

    /// <summary><c>minor</c>, required: device's minor number.</summary>
    public long? Minor { get; set; }

    /// <summary><c>rate</c>, required: bytes or operations a second; 0 is no limit.</summary>
    public ulong? Rate { get; set; }
}
