namespace OciSpec;

/// <summary>Resctrl group of the container (config-linux.md, IntelRdt).</summary>
[OciDocument]
public sealed class LinuxIntelRdt
{
    /// <summary><c>closID</c>: name of the group; absent means the container's id; <c>/</c> is the root group.</summary>
    public string? ClosID { get; set; }

    /// <summary><c>schemata</c>: lines for the group's schemata file, written after the other two.</summary>
    public List<string>? Schemata { get; set; }

    /// <summary><c>l3CacheSchema</c>: line that should start with <c>L3:</c>.</summary>
    public string? L3CacheSchema { get; set; }

    /// <summary><c>memBwSchema</c>: line that starts with <c>MB:</c>.</summary>
    public string? MemBwSchema { get; set; }

    /// <summary><c>enableMonitoring</c>: make a monitoring group for the container; absent means false.</summary>
    public bool? EnableMonitoring { get; set; }
}
