using System.Buffers.Binary;
using System.Text;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: what criu hands to ip(8), iptables-restore(8) and nft(8), which run as root outside of the guest, with its
/// network namespace alone. Their languages have words for more than networks: a program that loads modules
/// (<c>--modprobe</c>), another file (<c>include</c>), and netlink messages of other kinds than the one that is meant.
/// </summary>
internal static class NetworkImages
{
    private const int NetlinkHeader = 16;

    /// <summary>Looks at one of them.</summary>
    /// <exception cref="ImageException">It says more than what a network is like.</exception>
    public static void Check(string image, ImageKind kind, ReadOnlySpan<byte> bytes)
    {
        switch (kind.Prefix)
        {
            case "ifaddr-":
                CheckMessages(image, bytes, 20); // RTM_NEWADDR
                break;
            case "route-" or "route6-":
                CheckMessages(image, bytes, 24); // RTM_NEWROUTE
                break;
            case "rule-":
                CheckMessages(image, bytes, 32); // RTM_NEWRULE
                break;
            case "netns-ct-" or "netns-exp-":
                CheckTracked(image, bytes);
                break;
            case "nftables-":
                CheckNft(image, Encoding.Latin1.GetString(bytes));
                break;
            default:
                CheckIptables(image, Encoding.Latin1.GetString(bytes));
                break;
        }
    }

    /// <summary>Messages of rtnetlink(7), behind a number of ip(8)'s.</summary>
    private static void CheckMessages(string image, ReadOnlySpan<byte> bytes, ushort type)
    {
        ReadOnlySpan<byte> rest = bytes.Length >= 4 ? bytes[4..] : bytes;
        while (!rest.IsEmpty)
        {
            Require(image, Next(image, ref rest) == type, "it has a message that is not of this kind");
        }
    }

    /// <summary>Messages of nfnetlink: connections that are tracked (subsystem 1), and expected (2).</summary>
    private static void CheckTracked(string image, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> rest = bytes;
        while (!rest.IsEmpty)
        {
            Require(image, Next(image, ref rest) >> 8 is 1 or 2, "it has a message that is not of this kind");
        }
    }

    private static ushort Next(string image, ref ReadOnlySpan<byte> rest)
    {
        Require(image, rest.Length >= NetlinkHeader, "it is damaged");
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        Require(image, length >= NetlinkHeader && length <= rest.Length, "it is damaged");
        ushort type = BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]);
        rest = rest[(int)Math.Min((uint)rest.Length, (length + 3) & ~3u)..];
        return type;
    }

    private static void CheckNft(string image, string text)
    {
        // "include" reads other files, a name that begins so is not that word.
        foreach (string word in text.Split([' ', '\t', '\n', '\r', ';', '{', '}', '"', '\'', '\\', '\0']))
        {
            Require(image, word is not ("include" or "import"), $"it has the word {word}");
        }
    }

    private static void CheckIptables(string image, string text)
    {
        foreach (string line in text.Split('\n'))
        {
            if (line.Length == 0 || line[0] is '#' or '*' or ':' || line.TrimEnd() == "COMMIT")
            {
                continue;
            }

            Require(image, line.StartsWith("-A ", StringComparison.Ordinal) || line.StartsWith("-N ", StringComparison.Ordinal) || line[0] == '[', "it has a line that is no rule");
            string[] words = line.Replace("\"", string.Empty, StringComparison.Ordinal).Replace("'", string.Empty, StringComparison.Ordinal)
                .Replace("\\", string.Empty, StringComparison.Ordinal).Split([' ', '\t', '\r', '\0'], StringSplitOptions.RemoveEmptyEntries);
            for (int i = 0; i < words.Length; i++)
            {
                Require(image, !NamesProgram(words[i]), $"it has the word {words[i]}");
                bool names = i > 0 && words[i - 1] is "-m" or "-j" or "-g" or "--match" or "--jump" or "--goto";
                Require(image, !names || !words[i].Contains('/', StringComparison.Ordinal), $"it has the word {words[i]}");
            }
        }
    }

    // -M, --modprobe and what it may be shortened to; maps of BPF by their path.
    private static bool NamesProgram(string word)
    {
        string name = word.Split('=')[0];
        return name.StartsWith("--", StringComparison.Ordinal)
            ? name.StartsWith("--modp", StringComparison.Ordinal) || name is "--m" or "--mo" or "--mod" || name.StartsWith("--object", StringComparison.Ordinal)
            : name.StartsWith('-') && name.Contains('M', StringComparison.Ordinal);
    }

    private static void Require(string image, bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new ImageException(image, otherwise);
        }
    }
}
