using System.Text;
using OciSpec;
using Runtime.Linux;
using Runtime.Seccomp;

namespace Runtime.Compose;

/// <summary>
/// The filter of a container on an image. It is made of the calls that this version knows: what a container has no business with is
/// refused with EPERM unless a capability that it was given asks for it, what a newer kernel brings is ENOSYS, so that programs fall
/// back as on an older one.
/// </summary>
internal static class DefaultSeccomp
{
    private const ulong NewNamespaces = Abi.CLONE_NEWNS | Abi.CLONE_NEWCGROUP | Abi.CLONE_NEWUTS | Abi.CLONE_NEWIPC | Abi.CLONE_NEWUSER | Abi.CLONE_NEWPID | Abi.CLONE_NEWNET;
    private const ulong VsockFamily = 40;

    /// <summary>By capability: the calls that it brings. Without it they are refused.</summary>
    private static readonly (string Capability, string[] Calls)[] s_byCapability =
    [
        ("CAP_DAC_READ_SEARCH", ["open_by_handle_at"]),
        ("CAP_SYS_ADMIN",
        [
            "bpf", "fanotify_init", "fsconfig", "fsmount", "fsopen", "fspick", "lookup_dcookie", "mount", "mount_setattr", "move_mount",
            "open_tree", "open_tree_attr", "perf_event_open", "pivot_root", "quotactl", "quotactl_fd", "setdomainname", "sethostname", "setns",
            "statmount", "listmount", "umount", "umount2", "unshare",
        ]),
        ("CAP_SYS_BOOT", ["reboot"]),
        ("CAP_SYS_MODULE", ["create_module", "delete_module", "finit_module", "init_module", "query_module"]),
        ("CAP_SYS_NICE", ["get_mempolicy", "mbind", "migrate_pages", "move_pages", "set_mempolicy", "set_mempolicy_home_node"]),
        ("CAP_SYS_PACCT", ["acct"]),
        ("CAP_SYS_PTRACE", ["kcmp", "pidfd_getfd"]),
        ("CAP_SYS_RAWIO", ["ioperm", "iopl"]),
        ("CAP_SYS_TIME", ["clock_settime", "clock_settime64", "settimeofday", "stime"]),
        ("CAP_SYS_TTY_CONFIG", ["vhangup"]),
        ("CAP_SYSLOG", ["syslog"]),
        ("CAP_BPF", ["bpf"]),
        ("CAP_PERFMON", ["perf_event_open"]),
    ];

    /// <summary>Calls that no capability brings: the kernel's keys are not of a namespace, the rest is attack surface that nobody in a container needs.</summary>
    private static readonly string[] s_never =
    [
        "_sysctl", "add_key", "afs_syscall", "get_kernel_syms", "getpmsg", "io_uring_enter", "io_uring_register", "io_uring_setup",
        "kexec_file_load", "kexec_load", "keyctl", "nfsservctl", "putpmsg", "request_key", "swapoff", "swapon", "sysfs", "tuxcall", "uselib",
        "userfaultfd", "ustat", "vm86", "vm86old", "vserver",
    ];

    /// <summary>Values of personality(2) that ask for nothing but what a program may have: Linux, 32-bit Linux, both with uname's 2.6, and the question.</summary>
    private static readonly ulong[] s_personalities = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

    /// <summary>The filter for a process with these capabilities.</summary>
    public static LinuxSeccomp For(IReadOnlyCollection<string> capabilities)
    {
        HashSet<string> refused = [.. s_never];
        foreach ((string capability, string[] calls) in s_byCapability)
        {
            if (!capabilities.Contains(capability))
            {
                refused.UnionWith(calls);
            }
        }

        foreach ((string capability, string[] calls) in s_byCapability)
        {
            if (capabilities.Contains(capability))
            {
                refused.ExceptWith(calls); // some calls are of two
            }
        }

        bool makesNamespaces = capabilities.Contains("CAP_SYS_ADMIN");
        HashSet<string> special = makesNamespaces ? ["personality", "socket"] : ["personality", "socket", "clone", "clone3"];
        List<LinuxSyscall> rules =
        [
            new() { Names = Known(n => !refused.Contains(n) && !special.Contains(n)), Action = "SCMP_ACT_ALLOW" },
            new() { Names = Known(refused.Contains), Action = "SCMP_ACT_ERRNO", ErrnoRet = (uint)Errno.EPERM },
            new() { Names = ["socket"], Action = "SCMP_ACT_ALLOW", Args = [Where(0, VsockFamily, "SCMP_CMP_NE")] },
            .. s_personalities.Select(p => new LinuxSyscall { Names = ["personality"], Action = "SCMP_ACT_ALLOW", Args = [Where(0, p, "SCMP_CMP_EQ")] }),
        ];
        if (!makesNamespaces)
        {
            // clone3(2) has its flags in memory, where no filter looks; the C libraries take clone(2) when it is not there.
            LinuxSeccompArg flags = Where(0, NewNamespaces, "SCMP_CMP_MASKED_EQ");
            rules.Add(new() { Names = ["clone"], Action = "SCMP_ACT_ALLOW", Args = [flags] });
        }

        return new LinuxSeccomp { DefaultAction = "SCMP_ACT_ERRNO", DefaultErrnoRet = (uint)Errno.ENOSYS, Architectures = Architectures(), Syscalls = rules };
    }

    private static LinuxSeccompArg Where(uint index, ulong value, string comparison) => new() { Index = index, Value = value, ValueTwo = 0, Op = comparison };

    private static List<string> Known(Predicate<string> match)
    {
        List<string> names = [];
        for (int i = 0; i < SyscallTable.Count; i++)
        {
            string name = Encoding.ASCII.GetString(SyscallTable.Name(i));
            if (match(name))
            {
                names.Add(name);
            }
        }

        return names;
    }

    // What the machine's processor runs beside its own (32-bit programs); x32 is nobody's.
    private static List<string> Architectures() => SeccompArchitectures.Native == SeccompArchitecture.X64
        ? ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]
        : ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"];
}
