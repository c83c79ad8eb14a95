using System.Formats.Tar;
using System.IO.Compression;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images;

/// <summary>
/// Unpacks a gzipped tar archive into a folder and nowhere else: every name is resolved by openat2(2) (Linux 5.6) below
/// the folder's fd without following any link, whatever the archive made before. Folders, files and symbolic links
/// only; owners are set where the caller is root.
/// </summary>
public static class ArchiveUnpacker
{
    private const ulong Beneath = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    private const int LongestName = 4096;

    /// <summary>Unpacks <paramref name="archive"/> below <paramref name="root"/>; both stay the caller's.</summary>
    /// <param name="archive">The compressed archive.</param>
    /// <param name="root">The folder, opened for reading.</param>
    /// <param name="limit">The most bytes that its files may have together.</param>
    /// <exception cref="ArchiveException">The archive is damaged, an entry is not allowed, or the limit is passed.</exception>
    /// <exception cref="SyscallException">The file system refuses.</exception>
    public static void Unpack(Stream archive, Fd root, long limit = 1L << 30)
    {
        try
        {
            UnpackEntries(archive, root, limit);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or ArgumentException or OverflowException or InvalidOperationException or NotSupportedException)
        {
            // What TarReader and GZipStream throw at bytes that are no archive; their own words are not kept in the executable.
            throw new ArchiveException(string.Empty, "it is damaged, or no archive");
        }
    }

    private static void UnpackEntries(Stream archive, Fd root, long limit)
    {
        bool owners = Sys.GetEuid() == 0;
        var modes = new List<(string Name, int Mode)>();
        long left = limit;
        using var plain = new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true);
        using var guard = new ArchiveGuard(plain);
        using var reader = new TarReader(guard);
        while (reader.GetNextEntry() is { } entry)
        {
            string name = SafeName(entry.Name);
            if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
            {
                continue;
            }

            left -= entry.Length;
            if (left < 0)
            {
                throw new ArchiveException(entry.Name, $"the files have more than {limit} bytes");
            }

            Unpack(entry, name, root, owners);
            if (entry.EntryType == TarEntryType.Directory)
            {
                modes.Add((name, (int)entry.Mode)); // At the end: a folder that nobody may write to still gets its content.
            }
        }

        for (int i = modes.Count - 1; i >= 0; i--)
        {
            using Fd folder = OpenFolder(root, modes[i].Name, modes[i].Name);
            Check(Sys.TryFchmod(folder.Number, modes[i].Mode), "fchmod", modes[i].Name);
        }
    }

    private static void Unpack(TarEntry entry, string name, Fd root, bool owners)
    {
        if (name.Length == 0)
        {
            return; // The folder itself.
        }

        int slash = name.LastIndexOf('/');
        string last = name[(slash + 1)..];
        using Fd parent = MakeFolders(root, slash < 0 ? string.Empty : name[..slash], entry.Name);
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                Errno made = Sys.TryMkdirAt(parent.Number, last, 0x1c0 /* 0700 until the end */);
                if (made != Errno.EEXIST)
                {
                    Check(made, "mkdirat", entry.Name);
                }

                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                WriteFile(entry, last, parent);
                break;
            case TarEntryType.SymbolicLink:
                Check(Sys.TrySymlinkAt(entry.LinkName, parent.Number, last), "symlinkat", entry.Name);
                break;
            default:
                throw new ArchiveException(entry.Name, $"{entry.EntryType} is not unpacked: only folders, files and symbolic links are");
        }

        if (owners)
        {
            Check(Sys.TryFchownAt(parent.Number, last, (uint)entry.Uid, (uint)entry.Gid, AT_SYMLINK_NOFOLLOW), "fchownat", entry.Name);
        }
    }

    private static void WriteFile(TarEntry entry, string last, Fd parent)
    {
        Errno errno = Sys.TryOpenAt2(parent.Number, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0x180 /* 0600 */, Beneath, out Fd? opened);
        if (opened is null)
        {
            throw new ArchiveException(entry.Name, errno == Errno.EEXIST ? "it is there already" : $"openat2: {errno.Name()}");
        }

        using Fd file = opened;
        byte[] buffer = new byte[64 << 10];
        int length;
        while (entry.DataStream is { } data && (length = data.Read(buffer)) > 0)
        {
            Sys.Write(file.Number, buffer.AsSpan(0, length));
        }

        // After the content, which would clear set-user-id; the owner is set after this and clears it too: no file of ours has it.
        Check(Sys.TryFchmod(file.Number, (int)entry.Mode & 0x1ff), "fchmod", entry.Name);
    }

    private static Fd MakeFolders(Fd root, string path, string entry)
    {
        if (path.Length == 0)
        {
            return Sys.Duplicate(root.Number);
        }

        Errno errno = Sys.TryOpenAt2(root.Number, path, O_RDONLY | O_DIRECTORY, 0, Beneath, out Fd? folder);
        if (errno == Errno.ENOENT)
        {
            int slash = path.LastIndexOf('/');
            using Fd parent = MakeFolders(root, slash < 0 ? string.Empty : path[..slash], entry);
            Check(Sys.TryMkdirAt(parent.Number, path[(slash + 1)..], 0x1ed /* 0755 */), "mkdirat", entry);
            return OpenFolder(root, path, entry);
        }

        return folder ?? throw new ArchiveException(entry, $"openat2(\"{path}\"): {errno.Name()}");
    }

    private static Fd OpenFolder(Fd root, string path, string entry)
    {
        if (path.Length == 0)
        {
            return Sys.Duplicate(root.Number);
        }

        Errno errno = Sys.TryOpenAt2(root.Number, path, O_RDONLY | O_DIRECTORY, 0, Beneath, out Fd? folder);
        return folder ?? throw new ArchiveException(entry, $"openat2(\"{path}\"): {errno.Name()}");
    }

    private static string SafeName(string unsafeName)
    {
        if (unsafeName.Length > LongestName || unsafeName.Contains('\0') || unsafeName.StartsWith('/'))
        {
            throw new ArchiveException(unsafeName, "the name is absolute, too long or contains a NUL");
        }

        var parts = new List<string>();
        foreach (string part in unsafeName.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                throw new ArchiveException(unsafeName, "the name leads out of the folder");
            }

            if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    private static void Check(Errno errno, string call, string entry)
    {
        if (errno != Errno.OK)
        {
            throw new ArchiveException(entry, $"{call}: {errno.Name()}");
        }
    }
}
