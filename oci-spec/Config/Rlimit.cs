namespace OciSpec;

/// <summary>One resource limit, getrlimit(2) (config.md, POSIX process, <c>rlimits</c>).</summary>
[OciDocument]
public sealed class Rlimit
{
    /// <summary><c>type</c>, required: name such as <c>RLIMIT_NOFILE</c>.</summary>
    public string? Type { get; set; }

    /// <summary><c>soft</c>, required: the limit in force, in the resource's unit; 18446744073709551615 is no limit.</summary>
    public ulong? Soft { get; set; }

    /// <summary><c>hard</c>, required: ceiling of the soft limit, in the resource's unit; 18446744073709551615 is no limit.</summary>
    public ulong? Hard { get; set; }
}
