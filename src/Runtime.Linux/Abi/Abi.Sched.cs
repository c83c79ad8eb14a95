using System.Runtime.InteropServices;

namespace Runtime.Linux;

public static partial class Abi
{
#pragma warning disable CS1591 // The kernel's own names; each is described in the man page named above its group.

    // clone(2), linux/sched.h
    public const ulong CLONE_NEWTIME = 0x00000080;
    public const ulong CLONE_FILES = 0x00000400;
    public const ulong CLONE_PIDFD = 0x00001000;
    public const ulong CLONE_PARENT = 0x00008000;
    public const ulong CLONE_FS = 0x00000200;
    public const ulong CLONE_NEWNS = 0x00020000;
    public const ulong CLONE_NEWCGROUP = 0x02000000;
    public const ulong CLONE_NEWUTS = 0x04000000;
    public const ulong CLONE_NEWIPC = 0x08000000;
    public const ulong CLONE_NEWUSER = 0x10000000;
    public const ulong CLONE_NEWPID = 0x20000000;
    public const ulong CLONE_NEWNET = 0x40000000;
    public const ulong CLONE_INTO_CGROUP = 0x200000000; // Linux 5.7

    // waitid(2)
    public const int P_PID = 1;
    public const int P_PIDFD = 3; // Linux 5.4
    public const int WNOHANG = 1;
    public const int WEXITED = 4;
    public const int WNOWAIT = 0x01000000;
    public const int CLD_EXITED = 1;

    // sched_setattr(2), linux/sched.h
    public const uint SCHED_OTHER = 0;
    public const uint SCHED_FIFO = 1;
    public const uint SCHED_RR = 2;
    public const uint SCHED_BATCH = 3;
    public const uint SCHED_IDLE = 5;
    public const uint SCHED_DEADLINE = 6;

    /// <summary>struct clone_args of clone3(2), its third version (Linux 5.7), 88 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct clone_args
    {
        public ulong flags;
        public ulong pidfd;
        public ulong child_tid;
        public ulong parent_tid;
        public ulong exit_signal;
        public ulong stack;
        public ulong stack_size;
        public ulong tls;
        public ulong set_tid;
        public ulong set_tid_size;
        public ulong cgroup;
    }

    /// <summary>struct sched_attr of sched_setattr(2), its second version, 56 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct sched_attr
    {
        public uint size;
        public uint sched_policy;
        public ulong sched_flags;
        public int sched_nice;
        public uint sched_priority;
        public ulong sched_runtime;
        public ulong sched_deadline;
        public ulong sched_period;
        public uint sched_util_min;
        public uint sched_util_max;
    }

    /// <summary>siginfo_t as waitid(2) fills it, 128 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct siginfo_wait
    {
        public int si_signo;
        public int si_errno;
        public int si_code;
        private readonly int _pad;
        public int si_pid;
        public uint si_uid;
        public int si_status;
        private fixed int _rest[25];
    }
#pragma warning restore CS1591
}
