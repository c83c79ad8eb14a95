using System.Runtime.InteropServices;

namespace Runtime.Linux;

public static partial class Abi
{
#pragma warning disable CS1591 // The kernel's own names; each is described in the man page named above its group.

    // bpf(2), linux/bpf.h
    public const int BPF_PROG_LOAD = 5;
    public const int BPF_PROG_ATTACH = 8;
    public const int BPF_PROG_DETACH = 9;
    public const int BPF_PROG_GET_FD_BY_ID = 13;
    public const int BPF_OBJ_GET_INFO_BY_FD = 15;
    public const int BPF_PROG_QUERY = 16;
    public const int BPF_PROG_TYPE_CGROUP_DEVICE = 15;
    public const int BPF_CGROUP_DEVICE = 6;
    public const int BPF_F_ALLOW_MULTI = 2;
    public const int BPF_F_REPLACE = 4; // Linux 5.6
    public const int BPF_DEVCG_ACC_MKNOD = 1;
    public const int BPF_DEVCG_ACC_READ = 2;
    public const int BPF_DEVCG_ACC_WRITE = 4;
    public const int BPF_DEVCG_DEV_BLOCK = 1;
    public const int BPF_DEVCG_DEV_CHAR = 2;

    // Instruction codes, linux/bpf_common.h and linux/bpf.h
    public const byte BPF_LDX_W = 0x61; // BPF_LDX | BPF_MEM | BPF_W
    public const byte BPF_AND32_K = 0x54; // BPF_ALU | BPF_AND | BPF_K
    public const byte BPF_OR32_X = 0x4c; // BPF_ALU | BPF_OR | BPF_X
    public const byte BPF_LSH32_K = 0x64; // BPF_ALU | BPF_LSH | BPF_K
    public const byte BPF_RSH32_K = 0x74; // BPF_ALU | BPF_RSH | BPF_K
    public const byte BPF_MOV32_X = 0xbc; // BPF_ALU | BPF_MOV | BPF_X
    public const byte BPF_MOV32_K = 0xb4; // BPF_ALU | BPF_MOV | BPF_K
    public const byte BPF_JNE32_K = 0x56; // BPF_JMP32 | BPF_JNE | BPF_K, Linux 5.1
    public const byte BPF_JEQ32_K = 0x16; // BPF_JMP32 | BPF_JEQ | BPF_K
    public const byte BPF_EXIT = 0x95; // BPF_JMP | BPF_EXIT

    /// <summary>struct bpf_insn of bpf(2), 8 bytes; the registers share a byte, the destination in its low half.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct bpf_insn
    {
        public byte code;
        public byte regs;
        public short off;
        public int imm;
    }
#pragma warning restore CS1591
}
