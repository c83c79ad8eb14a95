namespace OciSpec;

/// <summary>Limit of one size of huge pages (config-linux.md, huge page limits).</summary>
[OciDocument]
public sealed class LinuxHugepageLimit
{
    /// <summary><c>pageSize</c>, required: as <c>64KB</c>, <c>2MB</c>, <c>1GB</c>, powers of 1024.</summary>
    public string? PageSize { get; set; }

    /// <summary><c>limit</c>, required: bytes.</summary>
    public ulong? Limit { get; set; }
}
