using System.Globalization;

namespace Cctl.Cli;

/// <summary>Sizes of memory as people write them.</summary>
internal static class ByteSize
{
    /// <summary>
    /// Bytes, or a number with a unit of powers of 1024: <c>b</c>, <c>k</c>, <c>m</c>, <c>g</c>, <c>t</c>, <c>p</c>, each
    /// with <c>b</c> or <c>ib</c> after it or without, in either case. <c>-1</c> is no limit.
    /// </summary>
    internal static bool TryParse(ReadOnlySpan<char> text, out long bytes)
    {
        bytes = -1;
        if (text is "-1")
        {
            return true;
        }

        int digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.'))
        {
            digits++;
        }

        int power = Power(text[digits..].Trim());
        if (power < 0 || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
        {
            return false;
        }

        for (; power > 0 && number <= long.MaxValue; power--)
        {
            number *= 1024;
        }

        bytes = number <= long.MaxValue ? (long)number : -1;
        return number <= long.MaxValue;
    }

    // How often 1024 is to be multiplied; -1 for what is no unit.
    private static int Power(ReadOnlySpan<char> unit)
    {
        if (unit.IsEmpty || unit.Equals("b", StringComparison.OrdinalIgnoreCase))
        {
            return 0;
        }

        ReadOnlySpan<char> rest = unit[1..];
        bool known = rest.IsEmpty || rest.Equals("b", StringComparison.OrdinalIgnoreCase) || rest.Equals("ib", StringComparison.OrdinalIgnoreCase);
        return known ? "bkmgtp".IndexOf(char.ToLowerInvariant(unit[0])) is > 0 and int power ? power : -1 : -1;
    }
}
