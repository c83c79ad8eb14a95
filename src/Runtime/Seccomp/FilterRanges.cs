namespace Runtime.Seccomp;

/// <summary>Runs of system call numbers with the same target; each reaches to the next, the last to the end.</summary>
internal sealed class FilterRanges
{
    private uint[] _starts = new uint[128];
    private int[] _targets = new int[128];

    internal int Count { get; private set; }

    /// <summary>First number of each run.</summary>
    internal ReadOnlySpan<uint> Starts => _starts.AsSpan(0, Count);

    /// <summary>Target of each run, see <see cref="FilterSection"/>.</summary>
    internal ReadOnlySpan<int> Targets => _targets.AsSpan(0, Count);

    internal void Clear() => Count = 0;

    /// <summary>From a number on, larger than all before, the target is this.</summary>
    internal void Add(uint start, int target)
    {
        if (Count > 0 && _targets[Count - 1] == target)
        {
            return;
        }

        if (Count == _starts.Length)
        {
            Array.Resize(ref _starts, Count * 2);
            Array.Resize(ref _targets, Count * 2);
        }

        _starts[Count] = start;
        _targets[Count++] = target;
    }
}
