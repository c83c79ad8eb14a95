using OciSpec;
using static Runtime.Linux.Abi;

namespace Runtime.Seccomp;

/// <summary>
/// Where an instruction stands, counted from the program's end. <paramref name="load"/> is the offset in seccomp_data
/// that it loads, or -1: who comes with that in the accumulator may go to the next instruction instead.
/// </summary>
internal readonly struct BpfLabel(int position, int load = BpfLabel.NoLoad)
{
    internal const int NoLoad = -1;

    internal readonly int Position = position;
    internal readonly int Load = load;
}

/// <summary>
/// Writes a program of classic BPF from its last instruction to its first. All jumps of BPF go forward, so the target
/// of every jump is there before the jump, and how far it is is known.
/// </summary>
internal sealed class BpfAssembler
{
    // A conditional jump reaches 255 instructions; two places are kept for stepping stones of the same jump.
    private const int Reach = 255 - 2;

    private sock_filter[] _reversed = new sock_filter[256];
    private (uint Value, int Position)[] _returns = new (uint, int)[8];
    private int _returnCount;
    private int _count;

    /// <summary>Returns an action. An instruction within reach that does it is used again.</summary>
    internal BpfLabel Return(uint value)
    {
        int i = 0;
        while (i < _returnCount && _returns[i].Value != value)
        {
            i++;
        }

        if (i == _returnCount)
        {
            if (i == _returns.Length)
            {
                Array.Resize(ref _returns, i * 2);
            }

            _returnCount++;
        }
        else if (_count - _returns[i].Position < Reach)
        {
            return new BpfLabel(_returns[i].Position);
        }

        BpfLabel label = Emit(BPF_RET_K, 0, 0, value);
        _returns[i] = (value, label.Position);
        return label;
    }

    /// <summary>Loads 32 bits of seccomp_data, then goes on with the instruction written last.</summary>
    internal BpfLabel Load(uint offset) => new(Emit(BPF_LD_W_ABS, 0, 0, offset).Position, (int)offset);

    /// <summary>Masks the accumulator, then goes on with the instruction written last.</summary>
    internal void And(uint mask) => Emit(BPF_ALU_AND_K, 0, 0, mask);

    /// <summary>Compares the accumulator, which holds what <paramref name="held"/> says, and goes on at one of two labels.</summary>
    internal BpfLabel Jump(ushort code, uint value, BpfLabel then, BpfLabel otherwise, int held = BpfLabel.NoLoad)
    {
        int t = Near(Past(then, held));
        int f = Near(Past(otherwise, held));
        return Emit(code, (byte)(_count - t), (byte)(_count - f), value);
    }

    /// <summary>The program, first instruction first.</summary>
    internal sock_filter[] ToProgram()
    {
        sock_filter[] program = _reversed.AsSpan(0, _count).ToArray();
        Array.Reverse(program);
        return program;
    }

    private static int Past(BpfLabel label, int held) =>
        label.Load != BpfLabel.NoLoad && label.Load == held ? label.Position - 1 : label.Position;

    // The position itself, or that of a stepping stone to it.
    private int Near(int position)
    {
        if (_count - position <= Reach)
        {
            return position;
        }

        sock_filter target = _reversed[position - 1];
        return target.code == BPF_RET_K
            ? Emit(BPF_RET_K, 0, 0, target.k).Position
            : Emit(BPF_JMP_JA, 0, 0, (uint)(_count - position)).Position;
    }

    private BpfLabel Emit(ushort code, byte then, byte otherwise, uint k)
    {
        if (_count == BPF_MAXINSNS)
        {
            throw new ConfigException("/linux/seccomp/syscalls", $"compile the filter: it has more than {BPF_MAXINSNS} instructions, the most that a kernel takes");
        }

        if (_count == _reversed.Length)
        {
            Array.Resize(ref _reversed, _count * 2);
        }

        _reversed[_count++] = new sock_filter { code = code, jt = then, jf = otherwise, k = k };
        return new BpfLabel(_count);
    }
}
