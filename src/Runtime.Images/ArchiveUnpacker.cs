using System.Formats.Tar;
using System.IO.Compression;
using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Images;

/// <summary>
/// Unpacks a gzipped tar archive into a directory and nowhere else: every name is resolved in a <see cref="Root"/> without following
/// any link, whatever the archive made before. Directories, files and symlinks only; owners are set where the caller is root.
/// </summary>
public static class ArchiveUnpacker
{
    private const int LongestName = 4096;

    /// <summary>Unpacks <paramref name="archive"/> below <paramref name="root"/>; both stay the caller's.</summary>
    /// <param name="archive">The compressed archive.</param>
    /// <param name="root">The directory, opened for reading.</param>
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
        using var below = new Root(Sys.Duplicate(root.Number), Links.Refused);
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

            Unpack(entry, name, below, owners);
            if (entry.EntryType == TarEntryType.Directory)
            {
                modes.Add((name, (int)entry.Mode)); // At the end: a directory that nobody may write to still gets its content.
            }
        }

        for (int i = modes.Count - 1; i >= 0; i--)
        {
            Check(below.TryOpen(modes[i].Name, O_RDONLY | O_DIRECTORY, out Fd? opened), "openat2", modes[i].Name);
            using Fd directory = opened!;
            Check(Sys.TryFchmod(directory.Number, modes[i].Mode), "fchmod", modes[i].Name);
        }
    }

    private static void Unpack(TarEntry entry, string name, Root root, bool owners)
    {
        if (name.Length == 0)
        {
            return; // The directory itself.
        }

        int slash = name.LastIndexOf('/');
        string last = name[(slash + 1)..];
        using Fd parent = MakeDirectories(root, slash < 0 ? string.Empty : name[..slash], entry.Name);
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                Errno made = Sys.TryMkdirAt(parent.Number, last, 0b111_000_000 /* until the end */);
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
                throw new ArchiveException(entry.Name, $"{entry.EntryType} is not unpacked: only directories, files and symlinks are");
        }

        if (owners)
        {
            Check(Sys.TryFchownAt(parent.Number, last, (uint)entry.Uid, (uint)entry.Gid, AT_SYMLINK_NOFOLLOW), "fchownat", entry.Name);
        }
    }

    private static void WriteFile(TarEntry entry, string last, Fd parent)
    {
        Errno errno = Sys.TryOpenAt(parent.Number, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0b110_000_000, out Fd? opened);
        if (opened is null)
        {
            throw new ArchiveException(entry.Name, errno == Errno.EEXIST ? "it is there already" : $"openat: {errno.Name()}");
        }

        using Fd file = opened;
        byte[] buffer = new byte[64 << 10];
        int length;
        while (entry.DataStream is { } data && (length = data.Read(buffer)) > 0)
        {
            Sys.Write(file.Number, buffer.AsSpan(0, length));
        }

        // After the content, which would clear set-user-id; the owner is set after this and clears it too: no file of ours has it.
        Check(Sys.TryFchmod(file.Number, (int)entry.Mode & 0b111_111_111), "fchmod", entry.Name);
    }

    private static Fd MakeDirectories(Root root, string path, string entry)
    {
        Errno errno = root.TryMakeDirectory(path, 0b111_101_101, out Fd? directory);
        return directory ?? throw new ArchiveException(entry, $"openat2(\"{path}\"): {errno.Name()}");
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
                throw new ArchiveException(unsafeName, "the name leads out of the directory");
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
