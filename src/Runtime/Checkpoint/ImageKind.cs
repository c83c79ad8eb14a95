using System.Globalization;

namespace Runtime.Checkpoint;

/// <summary>How an image comes before criu.</summary>
internal enum ImageContent
{
    /// <summary>A list of messages: read, and criu gets what was read.</summary>
    Records,

    /// <summary>One message and bytes: as above.</summary>
    RecordAndBytes,

    /// <summary>Text or messages of another program that criu runs.</summary>
    Foreign,

    /// <summary>An archive that tar(1) unpacks.</summary>
    Archive,

    /// <summary>Bytes that come into memory, pipes and sockets: not looked at.</summary>
    Bytes,
}

/// <summary>A kind of image by its name; criu's <c>criu/image-desc.c</c>. What is not in the table is refused.</summary>
/// <param name="Prefix">What the name begins with; where that ends in <c>-</c>, a number follows.</param>
/// <param name="Magic">The number that such an image has.</param>
/// <param name="Content">How it is treated.</param>
/// <param name="Namespace">The kind of namespace whose content it is; the configuration must make or join one.</param>
internal sealed record ImageKind(string Prefix, uint Magic, ImageContent Content, string? Namespace = null)
{
    /// <summary>Of the inventory, which has no common number before it.</summary>
    public const uint InventoryMagic = 0x58313116;

    /// <summary>Of cgroup.img.</summary>
    public const uint CgroupMagic = 0x59383330;

    /// <summary>Of core-PID.img.</summary>
    public const uint CoreMagic = 0x55053847;

    /// <summary>Of mountpoints-NAMESPACE.img.</summary>
    public const uint MountsMagic = 0x55563928;

    /// <summary>Of files.img.</summary>
    public const uint FilesMagic = 0x56303138;

    private const string Extension = ".img";

    private static readonly ImageKind[] s_all =
    [
        new("inventory", InventoryMagic, ImageContent.Records),
        new("pstree", 0x50273030, ImageContent.Records),
        new("core-", CoreMagic, ImageContent.Records),
        new("ids-", 0x54432030, ImageContent.Records),
        new("cgroup", CgroupMagic, ImageContent.Records),
        new("seccomp", 0x64413049, ImageContent.Records),
        new("files", FilesMagic, ImageContent.Records),
        new("fdinfo-", 0x56213732, ImageContent.Records),
        new("fs-", 0x51403912, ImageContent.Records),
        new("mm-", 0x57492820, ImageContent.Records),
        new("remap-fpath", 0x59133954, ImageContent.Records),
        new("ghost-file-", 0x52583605, ImageContent.RecordAndBytes),
        new("filelocks", 0x54323616, ImageContent.Records),
        new("tty-info", 0x59453036, ImageContent.Records),
        new("tty-data", 0x59413026, ImageContent.Bytes),
        new("eventpoll-tfd", 0x44433746, ImageContent.Records),
        new("itimers-", 0x57464056, ImageContent.Records),
        new("posix-timers-", 0x52603957, ImageContent.Records),
        new("memfd", 0x48453499, ImageContent.Bytes),
        new("cpuinfo", 0x61404013, ImageContent.Records),
        new("pipes-data", 0x56453709, ImageContent.Bytes),
        new("fifo-data", 0x59333054, ImageContent.Bytes),
        new("sk-queues", 0x56264026, ImageContent.Bytes),
        new("tcp-stream-", 0x51465506, ImageContent.Bytes),
        new("pagemap-", 0x56084025, ImageContent.Bytes),
        new("pagemap-shmem-", 0x56084025, ImageContent.Bytes),
        new("pages-", 0, ImageContent.Bytes),
        new("timens-", 0x43114433, ImageContent.Records),
        new("pidns-", 0x61157326, ImageContent.Records, "pid"),
        new("utsns-", 0x54473203, ImageContent.Records, "uts"),
        new("ipcns-var-", 0x53115007, ImageContent.Records, "ipc"),
        new("ipcns-shm-", 0x46283044, ImageContent.Bytes, "ipc"),
        new("ipcns-msg-", 0x55453737, ImageContent.Bytes, "ipc"),
        new("ipcns-sem-", 0x59573019, ImageContent.Bytes, "ipc"),
        new("userns-", 0x55474906, ImageContent.Records, "user"),
        new("mountpoints-", MountsMagic, ImageContent.Records, "mount"),
        new("tmpfs-", 0, ImageContent.Archive, "mount"),
        new("tmpfs-dev-", 0, ImageContent.Archive, "mount"),
        new("netns-", 0x55933752, ImageContent.Records, "network"),
        new("netdev-", 0x57373951, ImageContent.Records, "network"),
        new("ifaddr-", 0, ImageContent.Foreign, "network"),
        new("route-", 0, ImageContent.Foreign, "network"),
        new("route6-", 0, ImageContent.Foreign, "network"),
        new("rule-", 0, ImageContent.Foreign, "network"),
        new("iptables-", 0, ImageContent.Foreign, "network"),
        new("ip6tables-", 0, ImageContent.Foreign, "network"),
        new("nftables-", 0, ImageContent.Foreign, "network"),
        new("netns-ct-", 0, ImageContent.Foreign, "network"),
        new("netns-exp-", 0, ImageContent.Foreign, "network"),
    ];

    /// <summary>The kind of an image; null for one that criu has no name for, or that a restore must not have.</summary>
    public static ImageKind? Of(string name)
    {
        if (!name.EndsWith(Extension, StringComparison.Ordinal))
        {
            return null;
        }

        string stem = name[..^Extension.Length];
        return Array.Find(s_all, k => k.Matches(k.Content == ImageContent.Archive && stem.EndsWith(".tar.gz", StringComparison.Ordinal) ? stem[..^7] : stem));
    }

    private bool Matches(string stem) => Prefix.EndsWith('-')
        ? stem.StartsWith(Prefix, StringComparison.Ordinal) && IsNumber(stem.AsSpan(Prefix.Length))
        : stem == Prefix;

    // Hexadecimal for ghost files and connections, decimal for the rest.
    private static bool IsNumber(ReadOnlySpan<char> text) =>
        text.Length > 0 && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);
}
