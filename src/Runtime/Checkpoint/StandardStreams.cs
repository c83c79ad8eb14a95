using System.Globalization;
using System.Text;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// What a guest's standard streams were, for the restored one to get its caller's in their place. Kept beside the images
/// in a file of three lines, each a key of criu's: <c>pipe:[INODE]</c>, <c>socket:[INODE]</c>, <c>file[MOUNT:INODE]</c>,
/// or <c>-</c> for what the guest itself opened (its terminal, say). A null device counts as the caller's, although it is one
/// of the guest's own: it was opened in the place of the caller's.
/// </summary>
internal static class StandardStreams
{
    private const int LongestFile = 64 << 10;
    private const string FileName = "cctl-streams";

    /// <summary>Looks at the streams of a process.</summary>
    public static string[] Of(int pid)
    {
        List<MountEntry> mounts = MountEntry.Of(pid.ToString(CultureInfo.InvariantCulture));
        return [Describe(pid, 0, mounts), Describe(pid, 1, mounts), Describe(pid, 2, mounts)];
    }

    /// <summary>The keys of those that are files of the host, which criu must be told about.</summary>
    public static IEnumerable<string> Files(string[] streams) => streams.Where(s => s.StartsWith("file[", StringComparison.Ordinal)).Distinct();

    /// <summary>Writes them beside the images.</summary>
    public static void Save(Fd images, string[] streams)
    {
        // Not through a link that somebody put there.
        Sys.TryUnlinkAt(images.Number, FileName, 0);
        using Fd file = Sys.OpenAt(images.Number, FileName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0b110_000_000);
        Sys.Write(file.Number, Encoding.ASCII.GetBytes(string.Join('\n', streams) + "\n"));
    }

    /// <summary>Reads them back: number of the stream and its key; what is not one of the keys above is left out.</summary>
    public static List<(string Key, int Stream)> Load(Fd images)
    {
        var keys = new List<(string, int)>();
        GuestFile.TryRead(images.Number, FileName, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, LongestFile, out byte[] text);
        string[] lines = Encoding.UTF8.GetString(text).Split('\n');
        for (int stream = 0; stream < Math.Min(3, lines.Length); stream++)
        {
            if (IsKey(lines[stream]))
            {
                keys.Add((lines[stream], stream));
            }
        }

        return keys;
    }

    /// <summary>What a stream of this process is now, for a file of the images that it takes the place of.</summary>
    public static CallerStream Caller(int stream)
    {
        const int SEEK_CUR = 1;
        nint flags = Sys.Raw(SyscallNumber.fcntl, stream, F_GETFL);
        return flags >= 0 && Sys.TryStatx(stream, string.Empty, AT_EMPTY_PATH, out statx status) == Errno.OK
            ? new CallerStream((int)flags, status.stx_mode, Sys.Raw(SyscallNumber.lseek, stream, 0, SEEK_CUR))
            : default;
    }

    // A connection of the guest's own, which criu restores itself, is not among them.
    private static bool IsUnixSocketOfHost(string inode) =>
        FileText.TryReadString(AT_FDCWD, "/proc/thread-self/net/unix")?.Split('\n').Any(l => Array.IndexOf(l.Split(' ', StringSplitOptions.RemoveEmptyEntries), inode) == 6) == true;

    // SECURITY: the file may be anybody's: only keys that name a stream, nothing that criu gives another meaning.
    internal static bool IsKey(string text)
    {
        int open = text.IndexOf('[');
        if (open < 0 || !text.EndsWith(']') || text[..open] is not ("pipe:" or "socket:" or "file"))
        {
            return false;
        }

        foreach (char c in text.AsSpan(open + 1, text.Length - open - 2))
        {
            if (!char.IsAsciiHexDigit(c) && c != ':')
            {
                return false;
            }
        }

        return true;
    }

    private static string Describe(int pid, int stream, List<MountEntry> mounts)
    {
        string? link = Sys.TryReadLinkAt(AT_FDCWD, $"/proc/{pid}/fd/{stream}");
        if (link is null || link.StartsWith("pipe:[", StringComparison.Ordinal))
        {
            return link ?? "-";
        }

        if (link.StartsWith("socket:[", StringComparison.Ordinal))
        {
            return IsUnixSocketOfHost(link[8..^1]) ? link : "-";
        }

        string? info = FileText.TryReadString(AT_FDCWD, $"/proc/{pid}/fdinfo/{stream}");
        int? mount = info?.Split('\n').FirstOrDefault(l => l.StartsWith("mnt_id:", StringComparison.Ordinal)) is string line
            && int.TryParse(line.AsSpan(7).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : null;
        if (mount is null || Sys.TryStatx(AT_FDCWD, $"/proc/{pid}/fd/{stream}", 0, out statx status) != Errno.OK)
        {
            return "-";
        }

        bool isNull = (status.stx_mode & S_IFMT) == S_IFCHR && (status.stx_rdev_major, status.stx_rdev_minor) == (1, 3);
        return !isNull && mounts.Exists(m => m.Id == mount)
            ? "-"
            : string.Create(CultureInfo.InvariantCulture, $"file[{mount:x}:{status.stx_ino:x}]");
    }
}
