using System.Runtime.Intrinsics.X86;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace CctlImages.Network;

/// <summary>
/// The network process's seccomp filter, classic BPF (seccomp(2), linux/filter.h). It refuses what a process that speaks HTTP and
/// TLS and looks names up never needs, so that a hole in either gives nothing of the kernel to attack and nothing of the host to change.
/// </summary>
internal static class ConfinementFilter
{
    // linux/audit.h: AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64
    private const uint ArchX64 = 0xC000003E;
    private const uint ArchArm64 = 0xC00000B7;

    /// <summary>From here on both architectures count alike, and only what is listed is allowed.</summary>
    private const uint FirstCommon = 424;

    // close_range, faccessat2, epoll_pwait2, futex_waitv, futex_wake, futex_wait, futex_requeue, mseal
    private static ReadOnlySpan<uint> AllowedAbove => [436, 439, 441, 449, 454, 455, 456, 462];

    // Read-only: O_WRONLY, O_RDWR, O_CREAT, O_TRUNC and what tells O_TMPFILE from O_DIRECTORY.
    private const uint WritingFlags = 1 | 2 | 0x40 | 0x200 | 0x400000;

    // CLONE_NEW* of clone(2), which share the low byte with the signal but for CLONE_NEWTIME; that one clone(2) cannot make.
    private const uint NewNamespaces = 0x7E020000;
    private const uint CloneThread = 0x10000;

    private const int PR_SET_NAME = 15;
    private const int PR_SET_VMA = 0x53564D41;

    private static uint Refuse(Errno errno) => SECCOMP_RET_ERRNO | (uint)errno;

    /// <summary>The program for this machine.</summary>
    /// <param name="pid">The process that may send signals to its own threads, and to no other.</param>
    public static sock_filter[] Build(int pid) => Build(pid, X86Base.IsSupported);

    /// <summary>The program for an architecture.</summary>
    public static sock_filter[] Build(int pid, bool x64)
    {
        var program = new List<sock_filter>
        {
            Load(SECCOMP_DATA_ARCH),
            Jump(BPF_JMP_JEQ_K, x64 ? ArchX64 : ArchArm64, 1, 0),
            Return(SECCOMP_RET_KILL_PROCESS),
            Load(SECCOMP_DATA_NR),
        };
        AddCommon(program);
        foreach (DeniedCall call in DeniedCalls.All)
        {
            if ((x64 ? call.X64 : call.Arm64) is >= 0 and var number)
            {
                AddRefusal(program, (uint)number, Refuse(Errno.EPERM));
            }
        }

        AddArguments(program, pid, x64);
        program.Add(Return(SECCOMP_RET_ALLOW));
        return [.. program];
    }

    // x32's numbers lie above 0x40000000 and end here too. ENOSYS: the C library then takes the older call, clone for clone3.
    private static void AddCommon(List<sock_filter> program)
    {
        program.Add(Jump(BPF_JMP_JGE_K, FirstCommon, 0, (byte)((AllowedAbove.Length * 2) + 1)));
        foreach (uint allowed in AllowedAbove)
        {
            program.Add(Jump(BPF_JMP_JEQ_K, allowed, 0, 1));
            program.Add(Return(SECCOMP_RET_ALLOW));
        }

        program.Add(Return(Refuse(Errno.ENOSYS)));
    }

    private static void AddArguments(List<sock_filter> program, int pid, bool x64)
    {
        if (x64)
        {
            AddFlags(program, 2, 1, WritingFlags, Errno.EROFS); // open
        }

        AddFlags(program, x64 ? 257u : 56u, 2, WritingFlags, Errno.EROFS); // openat
        uint clone = x64 ? 56u : 220u;
        AddFlags(program, clone, 0, NewNamespaces, Errno.EPERM);
        program.AddRange([Jump(BPF_JMP_JEQ_K, clone, 0, 5), Argument(0), new() { code = BPF_ALU_AND_K, k = CloneThread }, Jump(BPF_JMP_JEQ_K, CloneThread, 0, 1), Return(SECCOMP_RET_ALLOW), Return(Refuse(Errno.EPERM))]);
        AddOnly(program, x64 ? 234u : 131u, [(uint)pid], Errno.EPERM); // tgkill
        AddOnly(program, x64 ? 157u : 167u, [PR_SET_NAME, PR_SET_VMA], Errno.EINVAL); // prctl
        AddOnly(program, x64 ? 41u : 198u, [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK], Errno.EAFNOSUPPORT); // socket
        AddOnly(program, x64 ? 53u : 199u, [AF_UNIX], Errno.EAFNOSUPPORT); // socketpair
    }

    /// <summary>Refuses a call where one of these bits of an argument is set.</summary>
    private static void AddFlags(List<sock_filter> program, uint number, uint argument, uint bits, Errno errno) =>
        program.AddRange(
        [
            Jump(BPF_JMP_JEQ_K, number, 0, 5),
            Argument(argument),
            new() { code = BPF_ALU_AND_K, k = bits },
            Jump(BPF_JMP_JEQ_K, 0, 1, 0),
            Return(Refuse(errno)),
            Load(SECCOMP_DATA_NR),
        ]);

    /// <summary>Refuses a call but with these values of its first argument, an int of the kernel's.</summary>
    private static void AddOnly(List<sock_filter> program, uint number, ReadOnlySpan<uint> values, Errno errno)
    {
        program.Add(Jump(BPF_JMP_JEQ_K, number, 0, (byte)((values.Length * 2) + 2)));
        program.Add(Argument(0));
        foreach (uint value in values)
        {
            program.Add(Jump(BPF_JMP_JEQ_K, value, 0, 1));
            program.Add(Return(SECCOMP_RET_ALLOW));
        }

        program.Add(Return(Refuse(errno)));
    }

    private static void AddRefusal(List<sock_filter> program, uint number, uint value)
    {
        program.Add(Jump(BPF_JMP_JEQ_K, number, 0, 1));
        program.Add(Return(value));
    }

    private static sock_filter Load(uint offset) => new() { code = BPF_LD_W_ABS, k = offset };

    private static sock_filter Argument(uint index) => Load(SECCOMP_DATA_ARGS + (index * 8)); // the low half: little-endian

    private static sock_filter Jump(ushort code, uint value, byte met, byte otherwise) => new() { code = code, k = value, jt = met, jf = otherwise };

    private static sock_filter Return(uint value) => new() { code = BPF_RET_K, k = value };
}
