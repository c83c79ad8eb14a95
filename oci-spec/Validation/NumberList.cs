namespace OciSpec;

/// <summary>Lists of CPUs or memory nodes such as <c>0-3,7</c> (config.md, <c>execCPUAffinity</c>; cpuset(7), list format).</summary>
public static class NumberList
{
    /// <summary>One more than the highest number taken: the kernel's largest NR_CPUS.</summary>
    public const int Limit = 8192;

    /// <summary>
    /// Parses a list; blanks around numbers are allowed and an empty list is one of no ranges.
    /// </summary>
    /// <param name="text">The list.</param>
    /// <param name="ranges">Takes the ranges, ends included; may be null to check the form only.</param>
    /// <returns>False when it is not of the form, a range runs backwards, or a number is not below <see cref="Limit"/>.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, List<(int First, int Last)>? ranges)
    {
        if (text.Trim(' ').IsEmpty)
        {
            return true;
        }

        while (true)
        {
            int comma = text.IndexOf(',');
            ReadOnlySpan<char> item = comma < 0 ? text : text[..comma];
            int dash = item.IndexOf('-');
            if (!Number(dash < 0 ? item : item[..dash], out int first))
            {
                return false;
            }

            int last = first;
            if (dash >= 0 && (!Number(item[(dash + 1)..], out last) || last < first))
            {
                return false;
            }

            ranges?.Add((first, last));
            if (comma < 0)
            {
                return true;
            }

            text = text[(comma + 1)..];
        }
    }

    /// <summary>The numbers of a list in its order; none where it is not of the form, as the kernel's always is.</summary>
    public static List<int> Numbers(ReadOnlySpan<char> text)
    {
        var ranges = new List<(int First, int Last)>();
        var numbers = new List<int>();
        if (TryParse(text, ranges))
        {
            foreach ((int first, int last) in ranges)
            {
                for (int number = first; number <= last; number++)
                {
                    numbers.Add(number);
                }
            }
        }

        return numbers;
    }

    /// <summary>The numbers as a mask: bit n of the whole for n, the lowest byte first, in whole words; empty for no numbers.</summary>
    /// <param name="text">The list.</param>
    /// <param name="wordBytes">Bytes of a word.</param>
    public static byte[] Mask(ReadOnlySpan<char> text, int wordBytes)
    {
        List<int> numbers = Numbers(text);
        int highest = -1;
        foreach (int number in numbers)
        {
            highest = Math.Max(highest, number);
        }

        byte[] mask = new byte[((highest / (8 * wordBytes)) + (highest < 0 ? 0 : 1)) * wordBytes];
        foreach (int number in numbers)
        {
            mask[number / 8] |= (byte)(1 << (number % 8));
        }

        return mask;
    }

    private static bool Number(ReadOnlySpan<char> digits, out int value)
    {
        value = 0;
        digits = digits.Trim(' ');
        foreach (char c in digits)
        {
            if (!char.IsAsciiDigit(c) || (value = (value * 10) + (c - '0')) >= Limit)
            {
                return false;
            }
        }

        return !digits.IsEmpty;
    }
}
