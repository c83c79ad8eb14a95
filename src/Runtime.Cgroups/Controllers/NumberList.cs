namespace Runtime.Cgroups.Controllers;

/// <summary>Lists of CPUs and memory nodes, as cpuset(7) writes them.</summary>
internal static class NumberList
{
    private const int Highest = 65535;

    /// <summary>The numbers of a list such as <c>0-3,7</c>; parts that are malformed give none.</summary>
    public static List<int> Parse(string list)
    {
        var numbers = new List<int>();
        foreach (Range range in list.AsSpan().Split(','))
        {
            ReadOnlySpan<char> part = list.AsSpan()[range].Trim();
            int dash = part.IndexOf('-');
            if (int.TryParse(dash < 0 ? part : part[..dash], out int first) && int.TryParse(part[(dash + 1)..], out int last) && first >= 0)
            {
                for (int number = first; number <= Math.Min(last, Highest); number++)
                {
                    numbers.Add(number);
                }
            }
        }

        return numbers;
    }
}
