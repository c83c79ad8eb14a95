using System.Globalization;
using Runtime.Images.Tar;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Layers;

/// <summary>
/// Whiteouts: <c>.wh.NAME</c> says that a lower layer's NAME is gone, <c>.wh..wh..opq</c> that all of the directory is
/// (image-spec layer.md). They are about lower layers only: what the same layer has of that name stays.
/// </summary>
/// <param name="userXattrs">Whether the marks are those of a user namespace.</param>
internal sealed class LayerWhiteouts(bool userXattrs)
{
    private const string Prefix = ".wh.";
    private const string Opaque = ".wh..wh..opq";
    private const string Aufs = ".wh..wh.";

    private ReadOnlySpan<byte> OpaqueAttribute => userXattrs ? "user.overlay.opaque\0"u8 : "trusted.overlay.opaque\0"u8;

    /// <summary>Whether a path's last name is a mark.</summary>
    /// <exception cref="TarException">A directory's name has the form of one.</exception>
    internal static bool IsMark(string path, string entry)
    {
        string[] parts = path.Split('/');
        for (int i = 0; i < parts.Length - 1; i++)
        {
            if (parts[i].StartsWith(Prefix, StringComparison.Ordinal) && !parts[i].StartsWith(Aufs, StringComparison.Ordinal))
            {
                throw new TarException(entry, "it lies in a directory whose name is a whiteout's");
            }
        }

        return parts.Any(p => p.StartsWith(Prefix, StringComparison.Ordinal));
    }

    /// <summary>Whether a mark is one of aufs's own notes, <c>.wh..wh.…</c>, which are about nothing here.</summary>
    internal static bool IsAufs(string path) => path.Contains(Aufs, StringComparison.Ordinal) && !path.EndsWith(Opaque, StringComparison.Ordinal);

    /// <summary>Makes what a mark says.</summary>
    internal void Make(int directory, string name, TarEntry entry)
    {
        if (name == Opaque)
        {
            MakeOpaque(directory, ".", entry);
            return;
        }

        string gone = name[Prefix.Length..];
        if (gone is "" or "." or "..")
        {
            throw new TarException(entry.UnsafeName, "a whiteout of nothing");
        }

        Errno errno = Sys.TryMknodAt(directory, gone, S_IFCHR, 0);
        if (errno != Errno.EEXIST)
        {
            LayerAttributes.Check(errno, "mknodat", entry);
        }
        else if (Sys.TryOpenAt(directory, gone, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? there) == Errno.OK)
        {
            there!.Dispose();
            MakeOpaque(directory, gone, entry); // The lower directory is gone, and this layer has a new one.
        }
    }

    internal void MakeOpaque(int directory, string name, TarEntry entry)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{directory}/{name}");
        LayerAttributes.Check(Sys.TryLSetXattr(path, OpaqueAttribute, "y"u8), "setxattr overlay.opaque", entry);
    }

    /// <summary>Takes away a whiteout that came before the layer's own entry of that name; false where what is there is none.</summary>
    internal static bool TryRemove(int directory, string name) =>
        Sys.TryStatx(directory, name, AT_SYMLINK_NOFOLLOW, out statx status) == Errno.OK
        && (status.stx_mode & S_IFMT) == S_IFCHR && status is { stx_rdev_major: 0, stx_rdev_minor: 0 }
        && Sys.TryUnlinkAt(directory, name, 0) == Errno.OK;
}
