using OciSpec;
using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Resolution;

/// <summary>A user's home by the guest's own /etc/passwd (passwd(5)), read without following a link out of its root.</summary>
internal static class GuestHome
{
    /// <summary>The home of <paramref name="uid"/>; "/" where the guest does not know the user.</summary>
    public static string Find(IReadOnlyList<ResolvedMount> mounts, string rootPath, uint uid)
    {
        if (Root.TryOpen(rootPath, Links.Followed, out Root? opened) != Errno.OK)
        {
            return "/";
        }

        using Root root = opened!;
        return ReadPasswd(mounts, root) is { } passwd && Find(passwd, uid) is { } home ? home : "/";
    }

    /// <summary>The sixth field of the first line whose third is the user's id.</summary>
    internal static string? Find(byte[] passwd, uint uid)
    {
        foreach (string[] fields in Accounts.Lines(passwd))
        {
            if (fields.Length >= 6 && Accounts.IsId(fields[2], uid))
            {
                return fields[5] is { Length: > 0 } home && !home.Contains('\0') ? home : null;
            }
        }

        return null;
    }

    private static byte[]? ReadPasswd(IReadOnlyList<ResolvedMount> mounts, Root root)
    {
        // The last mount that covers the file decides where it comes from.
        for (int i = mounts.Count - 1; i >= 0; i--)
        {
            if (mounts[i].Target is "etc" or "etc/passwd")
            {
                return mounts[i].Source is string source ? ReadSource(source, mounts[i].Target == "etc") : null;
            }
        }

        return Read(root, "etc/passwd");
    }

    // The source itself is the config's choice; what lies in it is whoever's the volume is.
    private static byte[]? ReadSource(string source, bool isDirectory)
    {
        if (!isDirectory)
        {
            return GuestFile.TryRead(AT_FDCWD, source, RESOLVE_NO_MAGICLINKS, Accounts.LongestFile, out byte[] passwd) == Errno.OK ? passwd : null;
        }

        if (Root.TryOpen(source, Links.Refused, out Root? opened) != Errno.OK)
        {
            return null;
        }

        using Root directory = opened!;
        return Read(directory, "passwd");
    }

    private static byte[]? Read(Root root, string unsafePath) =>
        root.TryRead(unsafePath, Accounts.LongestFile, out byte[] passwd) == Errno.OK ? passwd : null;
}
