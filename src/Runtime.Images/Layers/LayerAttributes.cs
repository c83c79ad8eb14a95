using System.Globalization;
using System.Text;
using Runtime.Images.Tar;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Layers;

/// <summary>Owners, modes, times and extended attributes of what a layer has, in the order in which none takes another away.</summary>
/// <param name="uid">Who makes the files.</param>
/// <param name="gid">And their group.</param>
internal sealed class LayerAttributes(uint uid, uint gid)
{
    private const int SetIds = 0b110_000_000_000;

    /// <summary>Of an open file, when its content is written.</summary>
    /// <param name="file">The file.</param>
    /// <param name="entry">What the archive says of it.</param>
    /// <param name="made">The mode that it was made with.</param>
    internal void Set(int file, TarEntry entry, int made)
    {
        bool owner = entry.Uid != uid || entry.Gid != gid;
        if (owner)
        {
            Check(Sys.TryFchown(file, entry.Uid, entry.Gid), "fchown", entry);
        }

        SetXattrs(entry, (name, value) => Sys.TrySetXattr(file, name, value));
        if (entry.Mode != made || (owner && (entry.Mode & SetIds) != 0))
        {
            Check(Sys.TryFchmod(file, entry.Mode), "fchmod", entry);
        }
    }

    /// <summary>Of what is not opened: symlinks, devices, pipes and directories.</summary>
    internal void Set(int directory, string name, TarEntry entry)
    {
        if (entry.Uid != uid || entry.Gid != gid)
        {
            Check(Sys.TryFchownAt(directory, name, entry.Uid, entry.Gid, AT_SYMLINK_NOFOLLOW), "fchownat", entry);
        }

        if (entry.Xattrs.Count > 0)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{directory}/{name}");
            SetXattrs(entry, (attribute, value) => Sys.TryLSetXattr(path, attribute, value));
        }

        if (entry.Type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice or TarEntryType.Fifo)
        {
            Check(Sys.TryFchmodAt(directory, name, entry.Mode), "fchmodat", entry); // Made just now, and not a symlink.
        }
    }

    internal static void SetTime(int directory, string name, TarEntry entry) =>
        Check(Sys.TrySetTime(directory, name, entry.Seconds, entry.Nanoseconds), "utimensat", entry);

    internal static void Check(Errno errno, string call, TarEntry entry)
    {
        if (errno != Errno.OK)
        {
            throw new TarException(entry.UnsafeName, $"{call}: {errno.Name()}{LayerDirectories.Meaning(errno)}");
        }
    }

    private static void SetXattrs(TarEntry entry, Func<ReadOnlySpan<byte>, ReadOnlySpan<byte>, Errno> set)
    {
        foreach ((byte[] name, byte[] value) in entry.Xattrs)
        {
            if (name.AsSpan().StartsWith("trusted.overlay."u8) || name.AsSpan().StartsWith("user.overlay."u8))
            {
                throw new TarException(entry.UnsafeName, $"its attribute {Text(name)} is overlayfs's own, and would show other files than the layer's");
            }

            if (name.AsSpan().SequenceEqual("security.selinux"u8))
            {
                continue; // A label is of the policy of the host that the image was made on; a mount's context gives the guest's.
            }

            Errno errno = set([.. name, 0], value);
            if (errno != Errno.OK)
            {
                throw new TarException(entry.UnsafeName, $"setxattr {Text(name)}: {errno.Name()}{(errno == Errno.EOPNOTSUPP ? ": the store's filesystem has no such attributes" : LayerDirectories.Meaning(errno))}");
            }
        }
    }

    private static string Text(byte[] name) => TarException.Printable(Encoding.Latin1.GetString(name));
}
