namespace OciSpec;

/// <summary>Values that the specification enumerates, as the files spell them; <c>features</c> lists them.</summary>
public static class KnownValues
{
    /// <summary>Values of <c>linux.namespaces[].type</c> (config-linux.md, namespaces).</summary>
    public static string[] NamespaceTypes { get; } = ["pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"];

    /// <summary>Names of hooks (config.md, POSIX-platform hooks).</summary>
    public static string[] Hooks { get; } = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    /// <summary>Capabilities in the order of their numbers, 0 to 40 (capabilities(7), Linux 5.9).</summary>
    public static string[] Capabilities { get; } =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
        "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
        "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
        "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
        "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND",
        "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>Resource limits in the order of their numbers, 0 to 15 (getrlimit(2); asm-generic/resource.h).</summary>
    public static string[] Rlimits { get; } =
    [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC",
        "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE",
        "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
    ];

    /// <summary>Values of <c>process.scheduler.policy</c> (config.md, Linux process).</summary>
    public static string[] SchedulerPolicies { get; } =
        ["SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "SCHED_ISO", "SCHED_IDLE", "SCHED_DEADLINE"];

    /// <summary>Values of <c>process.scheduler.flags</c> (config.md, Linux process).</summary>
    public static string[] SchedulerFlags { get; } =
    [
        "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY",
        "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX",
    ];

    /// <summary>Values of <c>process.ioPriority.class</c> (config.md, Linux process).</summary>
    public static string[] IoPriorityClasses { get; } = ["IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE"];

    /// <summary>Values of <c>linux.rootfsPropagation</c>; the recursive ones are runc's and in wide use (config-linux.md, rootfs mount propagation).</summary>
    public static string[] Propagations { get; } =
        ["shared", "slave", "private", "unbindable", "rshared", "rslave", "rprivate", "runbindable"];

    /// <summary>Values of <c>linux.devices[].type</c> (config-linux.md, devices).</summary>
    public static string[] DeviceTypes { get; } = ["c", "b", "u", "p"];

    /// <summary>Values of <c>linux.resources.devices[].type</c> (config-linux.md, allowed device list).</summary>
    public static string[] DeviceRuleTypes { get; } = ["a", "c", "b"];

    /// <summary>Seccomp actions (config-linux.md, seccomp).</summary>
    public static string[] SeccompActions { get; } =
    [
        "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO",
        "SCMP_ACT_TRACE", "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY",
    ];

    /// <summary>Seccomp operators (config-linux.md, seccomp).</summary>
    public static string[] SeccompOperators { get; } =
    [
        "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
    ];

    /// <summary>Seccomp architectures (config-linux.md, seccomp).</summary>
    public static string[] SeccompArchitectures { get; } =
    [
        "SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64",
        "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32",
        "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64",
        "SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB",
        "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64",
    ];

    /// <summary>Seccomp flags (config-linux.md, seccomp).</summary>
    public static string[] SeccompFlags { get; } =
    [
        "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    ];

    /// <summary>Values of <c>linux.personality.domain</c> (config-linux.md, personality).</summary>
    public static string[] PersonalityDomains { get; } = ["LINUX", "LINUX32"];

    /// <summary>Values of <c>linux.memoryPolicy.mode</c> (config-linux.md, memory policy).</summary>
    public static string[] MemoryPolicyModes { get; } =
    [
        "MPOL_DEFAULT", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE", "MPOL_PREFERRED",
        "MPOL_PREFERRED_MANY", "MPOL_LOCAL",
    ];

    /// <summary>Values of <c>linux.memoryPolicy.flags</c> (config-linux.md, memory policy).</summary>
    public static string[] MemoryPolicyFlags { get; } =
        ["MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"];

    /// <summary>Keys of <c>linux.timeOffsets</c> (config-linux.md, offset for time namespace).</summary>
    public static string[] TimeOffsetClocks { get; } = ["monotonic", "boottime"];

    /// <summary>Place of a value in a list, -1 when it is not there.</summary>
    public static int IndexOf(string[] list, string value)
    {
        for (int i = 0; i < list.Length; i++)
        {
            if (string.Equals(list[i], value, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }
}
