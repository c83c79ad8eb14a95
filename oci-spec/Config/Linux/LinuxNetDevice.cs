namespace OciSpec;

/// <summary>A network device that is moved into the container (config-linux.md, network devices).</summary>
[OciDocument]
public sealed class LinuxNetDevice
{
    /// <summary><c>name</c>: its name in the container; absent keeps the name.</summary>
    public string? Name { get; set; }
}
