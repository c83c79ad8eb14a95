using System.Globalization;

namespace Runtime.Linux.Files;

/// <summary>The lines of passwd(5) and group(5).</summary>
public static class Accounts
{
    /// <summary>The longest file that is read of a stranger's.</summary>
    public const int LongestFile = 1 << 20;

    private const int MostFields = 8; // passwd(5) has seven

    /// <summary>The fields of each line, made as they are asked for: a file of nothing but line feeds costs no more than its bytes.</summary>
    public static IEnumerable<string[]> Lines(byte[] text)
    {
        for (int at = 0; at < text.Length;)
        {
            int length = text.AsSpan(at).IndexOf((byte)'\n');
            length = length < 0 ? text.Length - at : length;
            yield return FileName.Of(text.AsSpan(at, length)).Split(':', MostFields);
            at += length + 1;
        }
    }

    /// <summary>Whether a field is this id, in decimal digits alone.</summary>
    public static bool IsId(string field, uint id) =>
        uint.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out uint value) && value == id;
}
