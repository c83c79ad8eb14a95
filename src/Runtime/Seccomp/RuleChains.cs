namespace Runtime.Seccomp;

/// <summary>
/// The rules with conditions that calls have, in the profile's order. Calls with the same rules share a chain, and so
/// the instructions for it.
/// </summary>
internal sealed class RuleChains
{
    private (int Previous, int Rule)[] _links = new (int, int)[16];
    private SeccompRule[] _rules = new SeccompRule[16];
    private int _ruleCount;
    private int _firstOfRule;

    /// <summary>How many chains there are; each has a number below it.</summary>
    internal int Count { get; private set; }

    /// <summary>Makes a rule the one that <see cref="Append"/> appends.</summary>
    internal void Begin(SeccompRule rule)
    {
        if (_ruleCount == _rules.Length)
        {
            Array.Resize(ref _rules, _ruleCount * 2);
        }

        _rules[_ruleCount++] = rule;
        _firstOfRule = Count;
    }

    /// <summary>The chain that is another (-1 for none) and then the rule begun last.</summary>
    internal int Append(int chain)
    {
        for (int i = _firstOfRule; i < Count; i++)
        {
            if (_links[i].Previous == chain)
            {
                return i;
            }
        }

        if (Count == _links.Length)
        {
            Array.Resize(ref _links, Count * 2);
        }

        _links[Count] = (chain, _ruleCount - 1);
        return Count++;
    }

    /// <summary>The rules of a chain in the profile's order.</summary>
    internal SeccompRule[] Rules(int chain)
    {
        int length = 0;
        for (int i = chain; i >= 0; i = _links[i].Previous)
        {
            length++;
        }

        var rules = new SeccompRule[length];
        for (int i = chain; i >= 0; i = _links[i].Previous)
        {
            rules[--length] = _rules[_links[i].Rule];
        }

        return rules;
    }
}
