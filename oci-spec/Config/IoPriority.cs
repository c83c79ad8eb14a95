namespace OciSpec;

/// <summary>I/O scheduling class and level, ioprio_set(2) (config.md, Linux process, <c>ioPriority</c>).</summary>
[OciDocument]
public sealed class IoPriority
{
    /// <summary><c>class</c>, required: <c>IOPRIO_CLASS_RT</c>, <c>IOPRIO_CLASS_BE</c> or <c>IOPRIO_CLASS_IDLE</c>.</summary>
    public string? Class { get; set; }

    /// <summary><c>priority</c>: level in the class, 0 (highest) to 7; absent means 0.</summary>
    public int? Priority { get; set; }
}
