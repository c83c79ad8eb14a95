namespace Unit.Tests.Linux;

/// <summary>
/// What C calls the members of Runtime.Linux.Abi. A constant or struct that is in none of these tables has the same
/// name in the kernel's own headers; one that is not there either does not compile, and so fails the tests.
/// </summary>
internal static class KernelNames
{
    /// <summary>The kernel's headers for programs. They do not mix with libc's.</summary>
    public static readonly string[] KernelHeaders =
    [
        "stddef.h", "stdint.h", "linux/types.h", "linux/fcntl.h", "linux/openat2.h", "linux/mount.h", "linux/stat.h", "linux/fs.h", "linux/memfd.h",
        "linux/close_range.h", "linux/magic.h", "linux/sched.h", "linux/sched/types.h", "linux/wait.h", "linux/time.h",
        "asm/signal.h", "asm/siginfo.h", "asm/poll.h", "asm/termbits.h", "asm/termios.h", "asm/ioctls.h", "asm/statfs.h",
        "asm/socket.h", "asm/mman.h", "linux/mman.h", "linux/auxvec.h", "asm/auxvec.h", "linux/un.h", "linux/uio.h", "linux/netlink.h", "linux/rtnetlink.h", "linux/prctl.h", "linux/capability.h",
        "linux/resource.h", "linux/seccomp.h", "linux/filter.h", "linux/audit.h", "linux/bpf.h", "linux/nsfs.h", "linux/keyctl.h", "linux/ioprio.h", "linux/securebits.h",
        "linux/inotify.h", "linux/signalfd.h", "linux/eventpoll.h", "linux/mempolicy.h", "linux/personality.h", "linux/kd.h", "linux/sockios.h", "linux/landlock.h",
    ];

    /// <summary>libc's headers, for what the kernel's leave out.</summary>
    public static readonly string[] LibcHeaders =
    [
        "stddef.h", "stdint.h", "unistd.h", "fcntl.h", "sys/socket.h", "sys/mount.h", "sys/statvfs.h", "sys/file.h", "sys/stat.h", "signal.h", "net/if.h", "dirent.h",
    ];

    /// <summary>Constants that only libc's headers have; most of them are enumerations inside the kernel.</summary>
    public static readonly HashSet<string> InLibc =
    [
        "AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK", "SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_SEQPACKET", "SOCK_CLOEXEC",
        "SOCK_NONBLOCK", "SCM_RIGHTS", "SCM_CREDENTIALS", "MSG_NOSIGNAL", "MSG_CMSG_CLOEXEC", "MSG_DONTWAIT", "MSG_PEEK", "MSG_TRUNC", "MSG_CTRUNC",
        "S_IFMT", "S_IFSOCK", "S_IFLNK", "S_IFREG", "S_IFBLK", "S_IFDIR", "S_IFCHR", "S_IFIFO",
        "F_OK", "X_OK", "W_OK", "R_OK", "SEEK_SET", "SEEK_CUR", "SEEK_END", "SEEK_DATA", "SEEK_HOLE",
        "MNT_FORCE", "MNT_DETACH", "UMOUNT_NOFOLLOW", "ST_RDONLY", "NSIG", "AT_EACCESS", "IFF_UP", "DT_DIR",
    ];

    /// <summary>Constants that have another name, or are made of several.</summary>
    public static readonly Dictionary<string, string> Expressions = new()
    {
        ["NSIG"] = "(_NSIG - 1)", // the highest signal; C counts 0 too
        ["SCHED_OTHER"] = "SCHED_NORMAL",
        ["SECCOMP_DATA_NR"] = "offsetof(struct seccomp_data, nr)",
        ["SECCOMP_DATA_ARCH"] = "offsetof(struct seccomp_data, arch)",
        ["SECCOMP_DATA_ARGS"] = "offsetof(struct seccomp_data, args)",
        ["BPF_LD_W_ABS"] = "(BPF_LD | BPF_W | BPF_ABS)",
        ["BPF_ALU_AND_K"] = "(BPF_ALU | BPF_AND | BPF_K)",
        ["BPF_JMP_JA"] = "(BPF_JMP | BPF_JA)",
        ["BPF_JMP_JEQ_K"] = "(BPF_JMP | BPF_JEQ | BPF_K)",
        ["BPF_JMP_JGT_K"] = "(BPF_JMP | BPF_JGT | BPF_K)",
        ["BPF_JMP_JGE_K"] = "(BPF_JMP | BPF_JGE | BPF_K)",
        ["BPF_RET_K"] = "(BPF_RET | BPF_K)",
        ["BPF_LDX_W"] = "(BPF_LDX | BPF_MEM | BPF_W)",
        ["BPF_AND32_K"] = "(BPF_ALU | BPF_AND | BPF_K)",
        ["BPF_OR32_X"] = "(BPF_ALU | BPF_OR | BPF_X)",
        ["BPF_LSH32_K"] = "(BPF_ALU | BPF_LSH | BPF_K)",
        ["BPF_RSH32_K"] = "(BPF_ALU | BPF_RSH | BPF_K)",
        ["BPF_MOV32_X"] = "(BPF_ALU | BPF_MOV | BPF_X)",
        ["BPF_MOV32_K"] = "(BPF_ALU | BPF_MOV | BPF_K)",
        ["BPF_JNE32_K"] = "(BPF_JMP32 | BPF_JNE | BPF_K)",
        ["BPF_JEQ32_K"] = "(BPF_JMP32 | BPF_JEQ | BPF_K)",
        ["NLA_TYPE_MASK"] = "(unsigned short)NLA_TYPE_MASK", // all bits but those of the flags, of an int
        ["SECBIT_NO_SETUID_FIXUP"] = "(1 << SECURE_NO_SETUID_FIXUP)",
        ["BPF_EXIT"] = "(BPF_JMP | 0x90)", // linux/bpf.h calls the operation as a whole BPF_EXIT
    };

    /// <summary>Newer than the headers of Debian 12 (Linux 6.1): the value, and the commit of the kernel that has it.</summary>
    public static readonly Dictionary<string, (ulong Value, string Commit)> Newer = new()
    {
        ["MFD_EXEC"] = (0x10, "105ff5339f49 (mm/memfd: add MFD_NOEXEC_SEAL and MFD_EXEC), Linux 6.3"),
        ["LANDLOCK_ACCESS_FS_TRUNCATE"] = (1 << 14, "b9f5ce27c8f8 (landlock: Support file truncation), Linux 6.2"),
        ["LANDLOCK_ACCESS_FS_IOCTL_DEV"] = (1 << 15, "b25f7415eb41 (landlock: Add IOCTL access right for character and block devices), Linux 6.10"),
        ["LANDLOCK_ACCESS_NET_BIND_TCP"] = (1 << 0, "fff69fb03dde (landlock: Support network rules with TCP bind and connect), Linux 6.7"),
        ["LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET"] = (1 << 0, "21d52e295ad2 (landlock: Add abstract UNIX socket scoping), Linux 6.12"),
        ["LANDLOCK_SCOPE_SIGNAL"] = (1 << 1, "54a6e6bbf3be (landlock: Add signal scoping), Linux 6.12"),
    };

    /// <summary>Structs that C calls otherwise.</summary>
    public static readonly Dictionary<string, string> Structs = new()
    {
        ["cap_user_header"] = "struct __user_cap_header_struct",
        ["cap_user_data"] = "struct __user_cap_data_struct",
        ["kernel_sigaction"] = "struct sigaction",
        ["kernel_termios"] = "struct termios",
        ["siginfo_wait"] = "siginfo_t",
    };

    /// <summary>Structs that only libc's headers have.</summary>
    public static readonly HashSet<string> StructsInLibc = ["msghdr", "cmsghdr", "ucred", "ifreq", "sockaddr"];

    /// <summary>Fields that C calls otherwise; null where C has bits that no offset can be taken of.</summary>
    public static readonly Dictionary<(string Struct, string Field), string?> Fields = new()
    {
        [("kernel_sigaction", "handler")] = "sa_handler",
        [("kernel_sigaction", "flags")] = "sa_flags",
        [("kernel_sigaction", "restorer")] = "sa_restorer",
        [("kernel_sigaction", "mask")] = "sa_mask",
        [("bpf_insn", "regs")] = null,
    };
}
