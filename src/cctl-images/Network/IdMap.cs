using System.Globalization;

namespace CctlImages.Network;

/// <summary>Which ids a user namespace has (user_namespaces(7), uid_map).</summary>
internal static class IdMap
{
    /// <summary>Whether an id is one of this process's namespace.</summary>
    public static bool IsMapped(string file, uint id) => Ranges(file).Any(r => id >= r.First && id - r.First < r.Count);

    /// <summary>Whether it is the machine's own namespace, which has all ids.</summary>
    public static bool IsWhole(string file) => Ranges(file) is [(0, 0, uint.MaxValue)];

    private static List<(uint First, uint Outside, uint Count)> Ranges(string file) =>
    [
        .. from line in File.ReadLines(file)
           let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
           where words.Length == 3
           select (Number(words[0]), Number(words[1]), Number(words[2])),
    ];

    private static uint Number(string text) => uint.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
