namespace OciSpec;

/// <summary>The system call filter, seccomp(2) (config-linux.md, seccomp).</summary>
[OciDocument]
public sealed class LinuxSeccomp
{
    /// <summary><c>defaultAction</c>, required: for calls that no rule matches, as <c>SCMP_ACT_ERRNO</c>.</summary>
    public string? DefaultAction { get; set; }

    /// <summary><c>defaultErrnoRet</c>: errno number of the default action; absent means EPERM.</summary>
    public uint? DefaultErrnoRet { get; set; }

    /// <summary><c>architectures</c>, as <c>SCMP_ARCH_X86_64</c>; the native one is always there.</summary>
    public List<string>? Architectures { get; set; }

    /// <summary><c>flags</c>, as <c>SECCOMP_FILTER_FLAG_LOG</c>.</summary>
    public List<string>? Flags { get; set; }

    /// <summary><c>listenerPath</c>: unix stream socket of the agent for SCMP_ACT_NOTIFY.</summary>
    public string? ListenerPath { get; set; }

    /// <summary><c>listenerMetadata</c>: opaque text for the agent; only with <see cref="ListenerPath"/>.</summary>
    public string? ListenerMetadata { get; set; }

    /// <summary><c>syscalls</c>: the rules.</summary>
    public List<LinuxSyscall>? Syscalls { get; set; }
}
