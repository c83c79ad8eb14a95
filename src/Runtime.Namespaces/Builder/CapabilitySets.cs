using OciSpec;

namespace Runtime.Namespaces.Builder;

/// <summary>The five sets of capabilities(7), a bit each. A config without capabilities gives none.</summary>
/// <param name="Bounding">What execve(2) can ever give.</param>
/// <param name="Effective">What the kernel checks.</param>
/// <param name="Permitted">What may be made effective.</param>
/// <param name="Inheritable">What execve(2) hands on to files that ask for it.</param>
/// <param name="Ambient">What execve(2) hands on to all other files.</param>
public readonly record struct CapabilitySets(ulong Bounding, ulong Effective, ulong Permitted, ulong Inheritable, ulong Ambient)
{
    /// <summary>CAP_CHECKPOINT_RESTORE, the newest (Linux 5.9).</summary>
    public const int Last = 40;

    private static readonly string[] s_names =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW",
        "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
        "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",
        "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
        "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>The names by number, as linux/capability.h has them.</summary>
    public static IReadOnlyList<string> Names => s_names;

    /// <summary>Reads the sets; unknown names (the validation has warned of them) give nothing.</summary>
    public static CapabilitySets From(Capabilities? capabilities) => capabilities is null
        ? default
        : new CapabilitySets(
            Mask(capabilities.Bounding),
            Mask(capabilities.Effective) & Mask(capabilities.Permitted),
            Mask(capabilities.Permitted),
            Mask(capabilities.Inheritable),
            Mask(capabilities.Ambient));

    private static ulong Mask(List<string>? names)
    {
        ulong mask = 0;
        foreach (string name in names ?? [])
        {
            int number = Array.IndexOf(s_names, name);
            mask |= number >= 0 ? 1UL << number : 0;
        }

        return mask;
    }
}
