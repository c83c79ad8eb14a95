namespace OciSpec;

/// <summary>Limit of the number of tasks (config-linux.md, PIDs).</summary>
[OciDocument]
public sealed class LinuxPids
{
    /// <summary><c>limit</c>, required: number of tasks; -1 is no limit.</summary>
    public long? Limit { get; set; }
}
