using System.Globalization;
using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Compose;

/// <summary>
/// Ranges of 64 Ki ids for containers' user namespaces, out of those that systemd keeps for containers (its UIDS-GIDS document), but
/// for what subuid(5) gives to users.
/// </summary>
public static class IdRanges
{
    /// <summary>Ids in a range.</summary>
    public const uint Size = 65536;

    private const uint First = 0x0008_0000;
    private const uint Last = 0x6fff_0000;
    private const int Tries = 64;

    /// <summary>The first ids of ranges to try, at random: two that are chosen at once are hardly the same.</summary>
    public static IEnumerable<uint> Candidates()
    {
        List<(ulong From, ulong To)> others = [.. Subordinate("/etc/subuid"), .. Subordinate("/etc/subgid")];
        for (int i = 0; i < Tries; i++)
        {
            uint first = First + (uint)Random.Shared.Next((int)((Last - First) / Size)) * Size;
            if (!others.Exists(o => first < o.To && o.From < (ulong)first + Size))
            {
                yield return first;
            }
        }
    }

    private static IEnumerable<(ulong From, ulong To)> Subordinate(string file)
    {
        if (FileText.TryRead(AT_FDCWD, file, out byte[] text, Accounts.LongestFile) != Errno.OK)
        {
            yield break;
        }

        foreach (string[] fields in Accounts.Lines(text))
        {
            if (fields is [_, var first, var count, ..]
                && ulong.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out ulong from)
                && ulong.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out ulong size))
            {
                yield return (from, from + size);
            }
        }
    }
}
