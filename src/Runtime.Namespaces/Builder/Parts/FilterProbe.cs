using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>Runs a seccomp filter as the kernel would, on a call of this process's, to know beforehand what it decides.</summary>
internal static class FilterProbe
{
    // linux/audit.h: AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64
    private static uint NativeArchitecture => System.Runtime.Intrinsics.X86.X86Base.IsSupported ? 0xc000003e : 0xc00000b7;

    /// <summary>Whether the call happens, whatever its further arguments are.</summary>
    /// <param name="filter">The compiled filter.</param>
    /// <param name="call">The call's number.</param>
    /// <param name="arguments">The first arguments, as far as they are known.</param>
    public static bool Allows(SeccompFilter filter, int call, params ReadOnlySpan<ulong> arguments) =>
        Decide(filter.Program, call, arguments) is uint decision && (decision & ~SECCOMP_RET_DATA) is SECCOMP_RET_ALLOW or SECCOMP_RET_LOG;

    /// <summary>What the filter does with a call instead of letting it happen, in words; null where it lets it, or where that depends on arguments.</summary>
    public static string? Refusal(SeccompFilter filter, int call)
    {
        if (Decide(filter.Program, call, []) is not uint decision)
        {
            return null;
        }

        return (decision & ~SECCOMP_RET_DATA) switch
        {
            SECCOMP_RET_ALLOW or SECCOMP_RET_LOG or SECCOMP_RET_USER_NOTIF => null,
            SECCOMP_RET_ERRNO => $"answers it with {((Errno)(decision & SECCOMP_RET_DATA)).Name()}",
            SECCOMP_RET_TRACE => "leaves it to a tracer, and there is none",
            SECCOMP_RET_TRAP => "answers it with SIGSYS",
            _ => "kills the process that makes it",
        };
    }

    /// <summary>The filter's return value; null where it looks at an argument that is not known.</summary>
    private static uint? Decide(sock_filter[] program, int call, ReadOnlySpan<ulong> arguments)
    {
        uint accumulator = 0;
        for (int at = 0; at < program.Length; at++)
        {
            sock_filter instruction = program[at];
            switch (instruction.code)
            {
                case BPF_LD_W_ABS:
                    if (Load(instruction.k, call, arguments) is not uint value)
                    {
                        return null;
                    }

                    accumulator = value;
                    break;
                case BPF_ALU_AND_K:
                    accumulator &= instruction.k;
                    break;
                case BPF_JMP_JA:
                    at += (int)instruction.k;
                    break;
                case BPF_RET_K:
                    return instruction.k;
                default:
                    if (Compare(instruction, accumulator) is not bool holds)
                    {
                        return null;
                    }

                    at += holds ? instruction.jt : instruction.jf;
                    break;
            }
        }

        return null;
    }

    private static bool? Compare(sock_filter instruction, uint accumulator) => instruction.code switch
    {
        BPF_JMP_JEQ_K => accumulator == instruction.k,
        BPF_JMP_JGT_K => accumulator > instruction.k,
        BPF_JMP_JGE_K => accumulator >= instruction.k,
        _ => null,
    };

    private static uint? Load(uint offset, int call, ReadOnlySpan<ulong> arguments)
    {
        if (offset == SECCOMP_DATA_NR)
        {
            return (uint)call;
        }

        if (offset == SECCOMP_DATA_ARCH)
        {
            return NativeArchitecture;
        }

        // Little-endian: the lower half of an argument comes first.
        int index = (int)(offset - SECCOMP_DATA_ARGS) / sizeof(ulong);
        bool upper = (offset & 4) != 0;
        return offset >= SECCOMP_DATA_ARGS && index < arguments.Length ? (uint)(upper ? arguments[index] >> 32 : arguments[index]) : null;
    }
}
