using static Runtime.Linux.Abi;

namespace Runtime.Seccomp;

/// <summary>Comparisons of a system call's arguments. BPF has 32 bits; an argument is two halves, little-endian.</summary>
internal static class BpfConditions
{
    /// <summary>Tries rules one after the other; <paramref name="next"/> is where to go when none matches.</summary>
    internal static BpfLabel Rules(BpfAssembler bpf, ReadOnlySpan<SeccompRule> rules, bool wide, BpfLabel next)
    {
        for (int i = rules.Length - 1; i >= 0; i--)
        {
            BpfLabel match = bpf.Return(rules[i].Action);
            ReadOnlySpan<ArgCondition> conditions = rules[i].Conditions;
            for (int j = conditions.Length - 1; j >= 0; j--)
            {
                match = Condition(bpf, conditions[j], wide, match, next);
            }

            next = match;
        }

        return next;
    }

    private static BpfLabel Condition(BpfAssembler bpf, in ArgCondition condition, bool wide, BpfLabel match, BpfLabel fail)
    {
        uint offset = SECCOMP_DATA_ARGS + (8 * condition.Index);
        return condition.Op switch
        {
            SeccompOperator.NotEqual => Equal(bpf, offset, condition.Value, condition.Mask, wide, fail, match),
            SeccompOperator.Equal or SeccompOperator.MaskedEqual => Equal(bpf, offset, condition.Value, condition.Mask, wide, match, fail),
            SeccompOperator.Greater => Above(bpf, BPF_JMP_JGT_K, offset, condition.Value, wide, match, fail),
            SeccompOperator.LessOrEqual => Above(bpf, BPF_JMP_JGT_K, offset, condition.Value, wide, fail, match),
            SeccompOperator.GreaterOrEqual => Above(bpf, BPF_JMP_JGE_K, offset, condition.Value, wide, match, fail),
            _ => Above(bpf, BPF_JMP_JGE_K, offset, condition.Value, wide, fail, match),
        };
    }

    // The lower half first: it is the one that differs.
    private static BpfLabel Equal(BpfAssembler bpf, uint offset, ulong value, ulong mask, bool wide, BpfLabel match, BpfLabel fail)
    {
        if (wide)
        {
            match = EqualHalf(bpf, offset + 4, (uint)(value >> 32), (uint)(mask >> 32), match, fail);
        }

        return EqualHalf(bpf, offset, (uint)value, (uint)mask, match, fail);
    }

    private static BpfLabel EqualHalf(BpfAssembler bpf, uint offset, uint value, uint mask, BpfLabel match, BpfLabel fail)
    {
        if (mask == 0)
        {
            return match;
        }

        bool whole = mask == uint.MaxValue;
        bpf.Jump(BPF_JMP_JEQ_K, value, match, fail, whole ? (int)offset : BpfLabel.NoLoad);
        if (!whole)
        {
            bpf.And(mask);
        }

        return bpf.Load(offset);
    }

    // Above, or with BPF_JGE above or equal: the upper half decides unless it is equal.
    private static BpfLabel Above(BpfAssembler bpf, ushort code, uint offset, ulong value, bool wide, BpfLabel match, BpfLabel fail)
    {
        BpfLabel lower = AboveHalf(bpf, code, offset, (uint)value, match, fail);
        uint upper = (uint)(value >> 32);
        if (!wide || lower.Position == (upper == 0 ? match.Position : -1))
        {
            return lower;
        }

        int held = (int)offset + 4;
        BpfLabel unequal = upper == 0 ? match
            : upper == uint.MaxValue ? fail
            : bpf.Jump(BPF_JMP_JGT_K, upper, match, fail, held);
        bpf.Jump(BPF_JMP_JEQ_K, upper, lower, unequal, held);
        return bpf.Load(offset + 4);
    }

    private static BpfLabel AboveHalf(BpfAssembler bpf, ushort code, uint offset, uint value, BpfLabel match, BpfLabel fail)
    {
        if (code == BPF_JMP_JGE_K && value == 0)
        {
            return match;
        }

        if (code == BPF_JMP_JGT_K && value == uint.MaxValue)
        {
            return fail;
        }

        bpf.Jump(code, value, match, fail, (int)offset);
        return bpf.Load(offset);
    }
}
