namespace OciSpec;

/// <summary>A condition on an argument of a system call (config-linux.md, seccomp, <c>syscalls[].args</c>).</summary>
[OciDocument]
public sealed class LinuxSeccompArg
{
    /// <summary><c>index</c>, required: argument, 0 to 5.</summary>
    public uint? Index { get; set; }

    /// <summary><c>value</c>, required: what to compare with; the mask of SCMP_CMP_MASKED_EQ.</summary>
    public ulong? Value { get; set; }

    /// <summary><c>valueTwo</c>: value under the mask of SCMP_CMP_MASKED_EQ; absent means 0.</summary>
    public ulong? ValueTwo { get; set; }

    /// <summary><c>op</c>, required: as <c>SCMP_CMP_EQ</c>.</summary>
    public string? Op { get; set; }
}
