using System.Globalization;
using System.Text;
using OciSpec;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Resolution;

/// <summary>A user's home by the guest's own /etc/passwd (passwd(5)), read without following a link out of its root.</summary>
internal static class GuestHome
{
    private const int LongestPasswd = 1 << 20;

    /// <summary>The home of <paramref name="uid"/>; "/" where the guest does not know the user.</summary>
    public static string Find(IReadOnlyList<ResolvedMount> mounts, string rootPath, uint uid)
    {
        if (Sys.TryOpenAt(AT_FDCWD, rootPath, O_PATH | O_DIRECTORY, 0, out Fd? rootFd) != Errno.OK)
        {
            return "/";
        }

        using Fd root = rootFd!;
        return ReadPasswd(mounts, root) is { } passwd && Find(passwd, uid) is { } home ? home : "/";
    }

    /// <summary>The sixth field of the first line whose third is the user's id.</summary>
    internal static string? Find(ReadOnlySpan<byte> passwd, uint uid)
    {
        Span<Range> fields = stackalloc Range[8];
        foreach (Range line in passwd.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> text = passwd[line];
            int count = Split(text, fields);
            if (count >= 6 && uint.TryParse(text[fields[2]], NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id == uid)
            {
                ReadOnlySpan<byte> home = text[fields[5]];
                return home.IsEmpty || home.Contains((byte)0) ? null : Encoding.UTF8.GetString(home);
            }
        }

        return null;
    }

    private static int Split(ReadOnlySpan<byte> line, Span<Range> fields)
    {
        int count = 0;
        foreach (Range field in line.Split((byte)':'))
        {
            if (count == fields.Length)
            {
                break;
            }

            fields[count++] = field;
        }

        return count;
    }

    private static byte[]? ReadPasswd(IReadOnlyList<ResolvedMount> mounts, Fd root)
    {
        // The last mount that covers the file decides where it comes from.
        for (int i = mounts.Count - 1; i >= 0; i--)
        {
            if (mounts[i].Target is "etc" or "etc/passwd")
            {
                return mounts[i].Source is string source ? ReadSource(source, mounts[i].Target == "etc") : null;
            }
        }

        return Read(root.Number, "etc/passwd", RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    }

    // The source itself is the config's choice; what lies in it is whoever's the volume is.
    private static byte[]? ReadSource(string source, bool isDirectory)
    {
        if (!isDirectory)
        {
            return Read(AT_FDCWD, source, RESOLVE_NO_MAGICLINKS);
        }

        Sys.TryOpenAt(AT_FDCWD, source, O_PATH | O_DIRECTORY, 0, out Fd? opened);
        using Fd? directory = opened;
        return directory is null ? null : Read(directory.Number, "passwd", RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    }

    private static byte[]? Read(int dirfd, string unsafePath, ulong resolve) =>
        GuestFile.TryRead(dirfd, unsafePath, resolve, LongestPasswd, out byte[] passwd) == Errno.OK ? passwd : null;
}
