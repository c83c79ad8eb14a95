namespace OciSpec;

/// <summary>Weight of one block device (config-linux.md, block IO, <c>weightDevice</c>); at least one of the weights is given.</summary>
[OciDocument]
public sealed class LinuxWeightDevice
{
    /// <summary><c>major</c>, required: device's major number.</summary>
    public long? Major { get; set; }

    /// <summary><c>minor</c>, required: device's minor number.</summary>
    public long? Minor { get; set; }

    /// <summary><c>weight</c>: 10 to 1000.</summary>
    public ushort? Weight { get; set; }

    /// <summary><c>leafWeight</c>: 10 to 1000 (CFQ, cgroup v1).</summary>
    public ushort? LeafWeight { get; set; }
}
