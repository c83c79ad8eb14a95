namespace OciSpec;

/// <summary>Weights and limits of block devices (config-linux.md, block IO).</summary>
[OciDocument]
public sealed class LinuxBlockIo
{
    /// <summary><c>weight</c>: default weight, 10 to 1000; 0 means not set.</summary>
    public ushort? Weight { get; set; }

    /// <summary><c>leafWeight</c>: weight against child cgroups (CFQ, cgroup v1).</summary>
    public ushort? LeafWeight { get; set; }

    /// <summary><c>weightDevice</c>: weights by device.</summary>
    public List<LinuxWeightDevice>? WeightDevice { get; set; }

    /// <summary><c>throttleReadBpsDevice</c>: bytes read a second, by device.</summary>
    public List<LinuxThrottleDevice>? ThrottleReadBpsDevice { get; set; }

    /// <summary><c>throttleWriteBpsDevice</c>: bytes written a second, by device.</summary>
    public List<LinuxThrottleDevice>? ThrottleWriteBpsDevice { get; set; }

    /// <summary><c>throttleReadIOPSDevice</c>: reads a second, by device.</summary>
    public List<LinuxThrottleDevice>? ThrottleReadIOPSDevice { get; set; }

    /// <summary><c>throttleWriteIOPSDevice</c>: writes a second, by device.</summary>
    public List<LinuxThrottleDevice>? ThrottleWriteIOPSDevice { get; set; }
}
