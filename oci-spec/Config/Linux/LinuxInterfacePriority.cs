namespace OciSpec;

/// <summary>Priority of traffic that leaves by one interface (config-linux.md, network, <c>priorities</c>).</summary>
[OciDocument]
public sealed class LinuxInterfacePriority
{
    /// <summary><c>name</c>, required: interface in the runtime's network namespace.</summary>
    public string? Name { get; set; }

    /// <summary><c>priority</c>, required.</summary>
    public uint? Priority { get; set; }
}
