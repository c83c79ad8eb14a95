using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Seccomp;

/// <summary>
/// Writes the program: the architecture first, then for each a binary search over runs of numbers, then conditions.
/// A call that is allowed whatever its arguments loads none of them, so that the kernel notes it in its bitmap of
/// allowed calls and never runs the filter for it (Linux 5.11).
/// </summary>
internal sealed class FilterWriter(ActionTable actions, RuleChains chains, uint defaultAction)
{
    // What libseccomp does with architectures that a filter does not know.
    private const uint BadArchitecture = SECCOMP_RET_KILL_THREAD;

    private readonly BpfAssembler _bpf = new();
    private readonly FilterRanges _ranges = new();
    private readonly BpfLabel[] _chainLabels = new BpfLabel[chains.Count * 2];

    /// <summary>The program for the sections, the first of which is the fastest.</summary>
    internal sock_filter[] Write(FilterSection[] sections)
    {
        int newer = actions.NumberOf(Permits(defaultAction) ? defaultAction : SECCOMP_RET_ERRNO | (uint)Errno.ENOSYS);
        int kill = actions.NumberOf(BadArchitecture);
        BpfLabel next = _bpf.Return(BadArchitecture);
        FilterSection? x64 = Find(sections, SeccompArchitecture.X64);
        FilterSection? x32 = Find(sections, SeccompArchitecture.X32);
        var labels = new BpfLabel[sections.Length];
        for (int i = sections.Length - 1; i >= 0; i--)
        {
            if (sections[i] != x32 || x64 == null)
            {
                AddRanges(sections[i], x64, x32, newer, kill);
                labels[i] = WriteSection();
            }
        }

        for (int i = sections.Length - 1; i >= 0; i--)
        {
            if (labels[i].Position != 0)
            {
                next = _bpf.Jump(BPF_JMP_JEQ_K, sections[i].Architecture.AuditArch(), labels[i], next);
            }
        }

        _bpf.Load(SECCOMP_DATA_ARCH);
        return _bpf.ToProgram();
    }

    // x32's numbers are in x86_64's section, beyond its own; where the profile does not name x32, they kill. A tracer
    // skips a call by making its number -1, which must not.
    private void AddRanges(FilterSection section, FilterSection? x64, FilterSection? x32, int newer, int kill)
    {
        _ranges.Clear();
        if (section == x32)
        {
            _ranges.Add(0, kill);
        }

        section.AddTo(_ranges, newer, chains.Count);
        if (section != x64)
        {
            return;
        }

        if (x32 != null)
        {
            x32.AddTo(_ranges, newer, chains.Count);
            return;
        }

        _ranges.Add(SeccompArchitectures.X32Bit, kill);
        _ranges.Add(uint.MaxValue, 0);
    }

    private BpfLabel WriteSection()
    {
        foreach (int target in _ranges.Targets)
        {
            if (target < 0 && _chainLabels[~target].Position == 0)
            {
                bool wide = ~target < chains.Count;
                SeccompRule[] rules = RuleOrder.Sort(chains.Rules(wide ? ~target : ~target - chains.Count), wide);
                _chainLabels[~target] = BpfConditions.Rules(_bpf, rules, wide, _bpf.Return(defaultAction));
            }
        }

        BpfLabel search = Search(0, _ranges.Count);
        return _ranges.Count > 1 ? _bpf.Load(SECCOMP_DATA_NR) : search;
    }

    private BpfLabel Search(int from, int to)
    {
        ReadOnlySpan<int> targets = _ranges.Targets;
        ReadOnlySpan<uint> starts = _ranges.Starts;
        if (to - from == 1)
        {
            return Target(targets[from]);
        }

        if (to - from == 3 && targets[from] == targets[from + 2] && starts[from + 2] - starts[from + 1] == 1)
        {
            return _bpf.Jump(BPF_JMP_JEQ_K, starts[from + 1], Target(targets[from + 1]), Target(targets[from]));
        }

        int middle = (from + to + 1) / 2;
        BpfLabel upper = Search(middle, to);
        BpfLabel lower = Search(from, middle);
        return _bpf.Jump(BPF_JMP_JGE_K, starts[middle], upper, lower);
    }

    private BpfLabel Target(int target) => target < 0 ? _chainLabels[~target] : _bpf.Return(actions[target]);

    private static FilterSection? Find(FilterSection[] sections, SeccompArchitecture architecture)
    {
        foreach (FilterSection section in sections)
        {
            if (section.Architecture == architecture)
            {
                return section;
            }
        }

        return null;
    }

    private static bool Permits(uint action) => (action & ~SECCOMP_RET_DATA) is SECCOMP_RET_ALLOW or SECCOMP_RET_LOG or SECCOMP_RET_TRACE;
}
