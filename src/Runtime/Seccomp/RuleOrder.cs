namespace Runtime.Seccomp;

/// <summary>
/// Which of several rules of one call comes first where more than one matches and their actions differ: the order that
/// libseccomp gives them, since profiles were written and tested against it. The conditions are nodes, the upper half of
/// an argument before its lower half, and rules that begin with equal nodes stand together. Of different nodes comes
/// first the one of the higher argument, then the one with the operator of the higher class, then the larger value, for
/// less-than the smaller. A rule whose conditions are the beginning of another's wins over it when it stands before it
/// in the profile, and else comes after it.
/// </summary>
internal static class RuleOrder
{
    /// <summary>The rules in the order to try them; those that can never be the first to match are left out.</summary>
    internal static SeccompRule[] Sort(SeccompRule[] rules, bool wide)
    {
        bool same = true;
        for (int i = 1; i < rules.Length; i++)
        {
            same &= rules[i].Action == rules[0].Action;
        }

        if (same)
        {
            return rules;
        }

        var sorted = new List<SeccompRule>(rules.Length);
        Sort(rules, 0, wide, sorted);
        return [.. sorted];
    }

    private static void Sort(ReadOnlySpan<SeccompRule> rules, int depth, bool wide, List<SeccompRule> sorted)
    {
        // The first rule that ends here swallows all that come after it in the profile.
        SeccompRule? end = null;
        var groups = new List<(Node Node, List<SeccompRule> Rules)>();
        foreach (SeccompRule rule in rules)
        {
            if (!TryNode(rule, depth, wide, out Node node))
            {
                end = rule;
                break;
            }

            int at = 0;
            while (at < groups.Count && !groups[at].Node.Same(node))
            {
                at++;
            }

            if (at < groups.Count)
            {
                groups[at].Rules.Add(rule);
                continue;
            }

            at = 0;
            while (at < groups.Count && !groups[at].Node.ComesAfter(node))
            {
                at++;
            }

            groups.Insert(at, (node, [rule]));
        }

        foreach ((Node node, List<SeccompRule> group) in groups)
        {
            SortBelow(node, group, depth, wide, sorted);
        }

        if (end != null)
        {
            sorted.Add(end);
        }
    }

    // Equal and not-equal, above and not-above are one test with two outcomes; what follows either never meets the other.
    private static void SortBelow(in Node node, List<SeccompRule> rules, int depth, bool wide, List<SeccompRule> sorted)
    {
        if (!node.IsLast)
        {
            Sort(rules.ToArray(), depth + 1, wide, sorted);
            return;
        }

        var outcomes = new List<SeccompRule>[] { new(rules.Count), new(rules.Count) };
        foreach (SeccompRule rule in rules)
        {
            TryNode(rule, depth, wide, out Node own);
            outcomes[own.Negated ? 1 : 0].Add(rule);
        }

        Sort(outcomes[0].ToArray(), depth + 1, wide, sorted);
        Sort(outcomes[1].ToArray(), depth + 1, wide, sorted);
    }

    private static bool TryNode(SeccompRule rule, int depth, bool wide, out Node node)
    {
        foreach (ref readonly ArgCondition condition in rule.Conditions.AsSpan())
        {
            if (condition.IsEmpty(wide))
            {
                continue;
            }

            int nodes = wide ? 2 : 1;
            if (depth < nodes)
            {
                node = new Node(condition, upper: wide && depth == 0);
                return true;
            }

            depth -= nodes;
        }

        node = default;
        return false;
    }

    /// <summary>A comparison of one half of an argument.</summary>
    private readonly struct Node
    {
        private readonly uint _place;
        private readonly int _class;
        private readonly SeccompOperator _test;
        private readonly uint _value;
        private readonly uint _mask;

        internal Node(in ArgCondition condition, bool upper)
        {
            _place = (condition.Index << 1) + (upper ? 1u : 0u);
            _value = (uint)(upper ? condition.Value >> 32 : condition.Value);
            _mask = (uint)(upper ? condition.Mask >> 32 : condition.Mask);
            IsLast = !upper;
            Negated = condition.Op is SeccompOperator.NotEqual or SeccompOperator.Less or SeccompOperator.LessOrEqual;
            (_class, _test) = condition.Op switch
            {
                SeccompOperator.MaskedEqual => (3, SeccompOperator.MaskedEqual),
                SeccompOperator.Equal or SeccompOperator.NotEqual => (3, SeccompOperator.Equal),
                SeccompOperator.LessOrEqual => (2, SeccompOperator.Greater),
                SeccompOperator.Less => (2, upper ? SeccompOperator.Greater : SeccompOperator.GreaterOrEqual),
                SeccompOperator.Greater => (1, SeccompOperator.Greater),
                _ => (1, upper ? SeccompOperator.Greater : SeccompOperator.GreaterOrEqual),
            };
        }

        /// <summary>The condition is decided here.</summary>
        internal bool IsLast { get; }

        /// <summary>The rule goes on where the test does not hold.</summary>
        internal bool Negated { get; }

        /// <summary>Both are the same test, maybe with its outcomes exchanged.</summary>
        internal bool Same(in Node other) =>
            _place == other._place && _test == other._test && _value == other._value && _mask == other._mask;

        internal bool ComesAfter(in Node other) =>
            _place != other._place ? _place < other._place
            : _class != other._class ? _class < other._class
            : _class == 2 ? _value > other._value : _value < other._value;
    }
}
