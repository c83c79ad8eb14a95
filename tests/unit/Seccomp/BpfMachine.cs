using Runtime.Linux;

namespace Unit.Tests.Seccomp;

/// <summary>What a filter is asked: struct seccomp_data, the instruction pointer left out.</summary>
public readonly record struct SeccompCall(uint Arch, uint Number, ulong A0 = 0, ulong A1 = 0, ulong A2 = 0, ulong A3 = 0, ulong A4 = 0, ulong A5 = 0)
{
    public ulong Argument(int index) => index switch { 0 => A0, 1 => A1, 2 => A2, 3 => A3, 4 => A4, _ => A5 };

    public SeccompCall With(int index, ulong value) => index switch
    {
        0 => this with { A0 = value },
        1 => this with { A1 = value },
        2 => this with { A2 = value },
        3 => this with { A3 = value },
        4 => this with { A4 = value },
        _ => this with { A5 = value },
    };
}

/// <summary>What a filter answered, in how many instructions, and whether it looked at more than the number and the architecture.</summary>
public readonly record struct SeccompVerdict(uint Value, int Steps, bool ReadArguments);

/// <summary>
/// An interpreter of classic BPF as seccomp has it, after linux/filter.h and seccomp(2); it knows nothing of the compiler.
/// </summary>
public static class BpfMachine
{
    // Classes and fields of an instruction's code.
    private const int Ld = 0x00, Alu = 0x04, Jmp = 0x05, Ret = 0x06;
    private const int DataSize = 64;

    public static SeccompVerdict Run(ReadOnlySpan<Abi.sock_filter> program, in SeccompCall call)
    {
        uint accumulator = 0;
        int steps = 0;
        bool readArguments = false;
        for (int pc = 0; ; pc++)
        {
            Abi.sock_filter instruction = program[pc];
            steps++;
            switch (instruction.code & 7)
            {
                case Ld when instruction.code == 0x20:
                    accumulator = Word(call, instruction.k);
                    readArguments |= instruction.k >= 8;
                    break;
                case Alu when instruction.code == 0x54:
                    accumulator &= instruction.k;
                    break;
                case Jmp when instruction.code == 0x05:
                    pc = checked(pc + (int)instruction.k);
                    break;
                case Jmp:
                    pc += Holds(instruction, accumulator) ? instruction.jt : instruction.jf;
                    break;
                case Ret when instruction.code == 0x06:
                    return new SeccompVerdict(instruction.k, steps, readArguments);
                default:
                    throw new InvalidOperationException($"instruction {pc}: code {instruction.code:x2}");
            }
        }
    }

    /// <summary>What the kernel checks before it takes a program: bpf_check_classic and seccomp_check_filter.</summary>
    public static void Verify(ReadOnlySpan<Abi.sock_filter> program)
    {
        Assert.InRange(program.Length, 1, 4096);
        for (int pc = 0; pc < program.Length; pc++)
        {
            Abi.sock_filter instruction = program[pc];
            switch (instruction.code)
            {
                case 0x20:
                    Assert.True(instruction.k % 4 == 0 && instruction.k < DataSize, $"instruction {pc} loads from {instruction.k}");
                    break;
                case 0x05:
                    Assert.True(pc + 1 + (long)instruction.k < program.Length, $"instruction {pc} jumps out");
                    break;
                case 0x15 or 0x25 or 0x35 or 0x45:
                    Assert.True(pc + 1 + Math.Max(instruction.jt, instruction.jf) < program.Length, $"instruction {pc} jumps out");
                    break;
                default:
                    Assert.True(instruction.code is 0x06 or 0x54, $"instruction {pc} has code {instruction.code:x2}");
                    break;
            }
        }

        Assert.Equal(0x06, program[^1].code);
    }

    private static uint Word(in SeccompCall call, uint offset) => offset switch
    {
        0 => call.Number,
        4 => call.Arch,
        >= 16 and < DataSize when offset % 8 == 0 => (uint)call.Argument((int)(offset - 16) / 8),
        >= 16 and < DataSize when offset % 8 == 4 => (uint)(call.Argument((int)(offset - 16) / 8) >> 32),
        _ => throw new InvalidOperationException($"load from {offset}"),
    };

    private static bool Holds(Abi.sock_filter instruction, uint accumulator) => instruction.code switch
    {
        0x15 => accumulator == instruction.k,
        0x25 => accumulator > instruction.k,
        0x35 => accumulator >= instruction.k,
        0x45 => (accumulator & instruction.k) != 0,
        _ => throw new InvalidOperationException($"jump {instruction.code:x2}"),
    };
}
