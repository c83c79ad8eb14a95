using OciSpec;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>Lists of CPUs or memory nodes as bit masks, as sched_setaffinity(2) and set_mempolicy(2) take them.</summary>
public static class NumberMask
{
    /// <summary>
    /// The mask of a list such as <c>0-3,7</c>, in whole 64-bit words, the lowest number in the lowest bit; empty for an
    /// empty list, and for one that is not of the form (the validation has refused it).
    /// </summary>
    public static byte[] Parse(string? text)
    {
        var ranges = new List<(int First, int Last)>();
        if (!NumberList.TryParse(text, ranges) || ranges.Count == 0)
        {
            return [];
        }

        int highest = 0;
        foreach ((int _, int last) in ranges)
        {
            highest = Math.Max(highest, last);
        }

        byte[] mask = new byte[((highest / 64) + 1) * sizeof(ulong)];
        foreach ((int first, int last) in ranges)
        {
            for (int number = first; number <= last; number++)
            {
                mask[number / 8] |= (byte)(1 << (number % 8));
            }
        }

        return mask;
    }
}
