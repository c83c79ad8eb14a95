namespace Runtime.Linux;

public static partial class Abi
{
#pragma warning disable CS1591 // The kernel's own names; each is described in the man page named above its group.

    // What a filter returns: the action and 16 bits of data, seccomp(2), linux/seccomp.h.
    public const uint SECCOMP_RET_KILL_PROCESS = 0x80000000;
    public const uint SECCOMP_RET_KILL_THREAD = 0x00000000;
    public const uint SECCOMP_RET_TRAP = 0x00030000;
    public const uint SECCOMP_RET_ERRNO = 0x00050000;
    public const uint SECCOMP_RET_USER_NOTIF = 0x7FC00000;
    public const uint SECCOMP_RET_TRACE = 0x7FF00000;
    public const uint SECCOMP_RET_LOG = 0x7FFC0000;
    public const uint SECCOMP_RET_ALLOW = 0x7FFF0000;
    public const uint SECCOMP_RET_DATA = 0x0000FFFF;

    // struct seccomp_data: int nr; u32 arch; u64 instruction_pointer; u64 args[6].
    public const uint SECCOMP_DATA_NR = 0;
    public const uint SECCOMP_DATA_ARCH = 4;
    public const uint SECCOMP_DATA_ARGS = 16;

    // The classic BPF instructions that seccomp takes and a filter of ours uses, linux/filter.h.
    public const ushort BPF_LD_W_ABS = 0x20;
    public const ushort BPF_ALU_AND_K = 0x54;
    public const ushort BPF_JMP_JA = 0x05;
    public const ushort BPF_JMP_JEQ_K = 0x15;
    public const ushort BPF_JMP_JGT_K = 0x25;
    public const ushort BPF_JMP_JGE_K = 0x35;
    public const ushort BPF_RET_K = 0x06;
    public const int BPF_MAXINSNS = 4096;
#pragma warning restore CS1591
}
