using OciSpec;

namespace Runtime.Seccomp;

/// <summary>How an argument is compared; all comparisons are unsigned.</summary>
internal enum SeccompOperator : sbyte
{
    NotEqual,
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
    MaskedEqual,
}

/// <summary>A condition on one argument: <c>argument &amp; mask</c> compared with <c>value</c>.</summary>
internal readonly struct ArgCondition(uint index, SeccompOperator op, ulong value, ulong mask)
{
    internal readonly uint Index = index;
    internal readonly SeccompOperator Op = op;

    /// <summary>What is compared with, already under the mask.</summary>
    internal readonly ulong Value = value & mask;

    /// <summary>All ones, except for <see cref="SeccompOperator.MaskedEqual"/>.</summary>
    internal readonly ulong Mask = mask;

    /// <summary>It compares no bit, where 64 or only the lower 32 are looked at.</summary>
    internal bool IsEmpty(bool wide) => wide ? Mask == 0 : (uint)Mask == 0;
}

/// <summary>What to return for a call when all conditions hold. Conditions are in the order of the arguments, one an argument.</summary>
internal sealed class SeccompRule(uint action, ArgCondition[] conditions)
{
    private const uint ArgumentCount = 6;

    internal uint Action => action;

    internal ArgCondition[] Conditions => conditions;

    /// <summary>There is nothing to compare.</summary>
    internal bool IsUnconditional(bool wide)
    {
        foreach (ref readonly ArgCondition condition in conditions.AsSpan())
        {
            if (!condition.IsEmpty(wide))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The rule for a call that is reached through a multiplexer, whose first argument is the call's number there.</summary>
    /// <remarks>The other conditions stay and look at the multiplexer's own arguments, as libseccomp has it.</remarks>
    internal SeccompRule Multiplexed(uint number)
    {
        int rest = conditions.Length > 0 && conditions[0].Index == 0 ? 1 : 0;
        var all = new ArgCondition[1 + conditions.Length - rest];
        all[0] = new ArgCondition(0, SeccompOperator.Equal, number, ulong.MaxValue);
        conditions.AsSpan(rest).CopyTo(all.AsSpan(1));
        return new SeccompRule(action, all);
    }

    /// <summary>
    /// The rules of an entry of the profile: one; or, where an argument is named twice, one for each condition, of which
    /// any may hold. The specification leaves that open; all runtimes do it so.
    /// </summary>
    /// <exception cref="ConfigException">A condition is malformed.</exception>
    internal static SeccompRule[] Parse(int rule, uint action, List<LinuxSeccompArg>? args)
    {
        if (args is null or { Count: 0 })
        {
            return [new SeccompRule(action, [])];
        }

        var conditions = new ArgCondition[args.Count];
        uint seen = 0;
        bool repeated = false;
        for (int i = 0; i < conditions.Length; i++)
        {
            conditions[i] = Condition(rule, i, args[i]);
            uint bit = 1u << (int)conditions[i].Index;
            repeated |= (seen & bit) != 0;
            seen |= bit;
        }

        return repeated ? Split(action, conditions) : [new SeccompRule(action, Sorted(conditions))];
    }

    private static ArgCondition Condition(int rule, int arg, LinuxSeccompArg? source)
    {
        string? name = source?.Op;
        if (source == null || name == null)
        {
            throw SeccompNames.RuleError(rule, $"args/{arg}/op", "no operator is given");
        }

        if (source.Index is not < ArgumentCount)
        {
            throw SeccompNames.RuleError(rule, $"args/{arg}/index", "a system call's arguments are 0 to 5");
        }

        if (source.Value is not { } value)
        {
            throw SeccompNames.RuleError(rule, $"args/{arg}/value", "no value is given to compare with");
        }

        if (!SeccompNames.TryOperator(name, out SeccompOperator op))
        {
            throw SeccompNames.RuleError(rule, $"args/{arg}/op", $"no such operator as {name}: {string.Join(", ", KnownValues.SeccompOperators)}");
        }

        return op == SeccompOperator.MaskedEqual
            ? new ArgCondition(source.Index.Value, op, source.ValueTwo ?? 0, value)
            : new ArgCondition(source.Index.Value, op, value, ulong.MaxValue);
    }

    private static SeccompRule[] Split(uint action, ArgCondition[] conditions)
    {
        var rules = new SeccompRule[conditions.Length];
        for (int i = 0; i < rules.Length; i++)
        {
            rules[i] = new SeccompRule(action, [conditions[i]]);
        }

        return rules;
    }

    // At most six: an insertion sort.
    private static ArgCondition[] Sorted(ArgCondition[] conditions)
    {
        for (int i = 1; i < conditions.Length; i++)
        {
            for (int j = i; j > 0 && conditions[j].Index < conditions[j - 1].Index; j--)
            {
                (conditions[j], conditions[j - 1]) = (conditions[j - 1], conditions[j]);
            }
        }

        return conditions;
    }
}
