using System.Globalization;

namespace CctlImages.Progress;

/// <summary>Bytes as docker shows them: three digits and a decimal unit.</summary>
internal static class ByteCount
{
    private static readonly string[] s_units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>As <c>1.23MB</c>.</summary>
    internal static string Of(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < s_units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        string format = unit == 0 || value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture) + s_units[unit];
    }
}
