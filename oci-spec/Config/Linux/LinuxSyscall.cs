namespace OciSpec;

/// <summary>A rule of the system call filter (config-linux.md, seccomp, <c>syscalls</c>).</summary>
[OciDocument]
public sealed class LinuxSyscall
{
    /// <summary><c>names</c>, required: system calls, at least one.</summary>
    public List<string>? Names { get; set; }

    /// <summary><c>action</c>, required: as <c>SCMP_ACT_ALLOW</c>.</summary>
    public string? Action { get; set; }

    /// <summary><c>errnoRet</c>: errno number of the action; absent means EPERM.</summary>
    public uint? ErrnoRet { get; set; }

    /// <summary><c>args</c>: conditions that all hold.</summary>
    public List<LinuxSeccompArg>? Args { get; set; }
}
