using System.Text;
using Runtime.Images.Layers;
using Runtime.Images.Tar;
using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Sources;

/// <summary>
/// A directory as a tar archive, made while it is read: the same tree gives the same bytes. Nothing leads out of it: no symlink is
/// followed, and of other filesystems mounted in it there is the directory, without content. Sockets are left out.
/// </summary>
internal sealed class TreeArchive : ForwardStream
{
    private const ulong Inside = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    private const int BlocksBytes = 512; // statx(2), stx_blocks
    private const int MostExtents = 4096;
    private const int LongestAttribute = 64 << 10;

    private readonly Fd _root;
    private readonly string _shown;
    private readonly Stack<Queue<string>> _directories = new([new(["."])]);
    private readonly Dictionary<(uint Major, uint Minor, ulong Inode), string> _files = [];
    private readonly Queue<TarExtent> _extents = new();
    private byte[] _pending = [];
    private int _position;
    private Fd? _file;
    private string _path = "";
    private long _left;
    private long _padding;
    private bool _ended;

    internal TreeArchive(string path)
    {
        _shown = path;
        Errno errno = Sys.TryOpenAt(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, out Fd? root);
        _root = root ?? throw new ImageException($"{path}: {(errno == Errno.ENOENT ? "no such directory" : errno == Errno.ENOTDIR ? "not a directory" : errno.Name())}");
    }

    /// <inheritdoc/>
    /// <exception cref="ImageException">The tree cannot be read, or changes.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (_position == _pending.Length)
        {
            if (_left > 0)
            {
                return ReadFile(buffer);
            }

            if (!Next())
            {
                return 0;
            }
        }

        int length = Math.Min(buffer.Length, _pending.Length - _position);
        _pending.AsSpan(_position, length).CopyTo(buffer);
        _position += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        _file?.Dispose();
        _root.Dispose();
        base.Dispose(disposing);
    }

    private int ReadFile(Span<byte> buffer)
    {
        int read = Sys.Read(_file!.Number, buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (read == 0)
        {
            throw Failed(_path, "it became shorter while it was read");
        }

        _left -= read;
        return read;
    }

    // Prepares what comes next: a part of the file, what fills its last block up, an entry, or the archive's end.
    private bool Next()
    {
        if (_extents.TryDequeue(out TarExtent part))
        {
            Sys.TryLseek(_file!.Number, part.Offset, SEEK_SET, out _);
            _left = part.Length;
            return true;
        }

        if (_padding > 0)
        {
            Give(new byte[_padding]);
            _padding = 0;
            return true;
        }

        while (_directories.TryPeek(out Queue<string>? names))
        {
            if (!names.TryDequeue(out string? path))
            {
                _directories.Pop();
            }
            else if (Open(path) is { } entry)
            {
                Give(TarHeaderWriter.Of(entry));
                return true;
            }
        }

        Give(_ended ? [] : new byte[2 * TarHeaderWriter.Block]);
        bool more = !_ended;
        _ended = true;
        return more;
    }

    private void Give(byte[] bytes) => (_pending, _position) = (bytes, 0);

    private TarEntry? Open(string path)
    {
        Errno errno = Sys.TryOpenAt2(_root.Number, path, O_PATH | O_NOFOLLOW, 0, Inside | RESOLVE_NO_XDEV, out Fd? opened);
        bool mounted = errno == Errno.EXDEV;
        errno = mounted ? Sys.TryOpenAt2(_root.Number, path, O_PATH | O_NOFOLLOW, 0, Inside, out opened) : errno;
        if (opened is null)
        {
            throw Failed(path, errno.Name());
        }

        using Fd place = opened;
        errno = Sys.TryStatx(place.Number, "", AT_EMPTY_PATH, out statx status);
        if (errno != Errno.OK)
        {
            throw Failed(path, errno.Name());
        }

        string name = path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
        if (LayerPath.Split(name).Name.StartsWith(".wh.", StringComparison.Ordinal))
        {
            throw Failed(path, "a layer has names that begin with .wh. for files that are removed: rename it");
        }

        switch (status.stx_mode & S_IFMT)
        {
            case S_IFDIR:
                if (!mounted)
                {
                    _directories.Push(new Queue<string>(Names(place, path).Select(n => $"{path}/{n}")));
                }

                return Entry(name, TarEntryType.Directory, status, Attributes(place, path));
            case S_IFREG:
                return OpenFile(name, path, place, status);
            case S_IFLNK:
                return Entry(name, TarEntryType.Symlink, status, [], Sys.TryReadLink(place.Number) ?? throw Failed(path, "readlink failed"));
            case S_IFCHR:
                return Entry(name, TarEntryType.CharacterDevice, status, []);
            case S_IFBLK:
                return Entry(name, TarEntryType.BlockDevice, status, []);
            case S_IFIFO:
                return Entry(name, TarEntryType.Fifo, status, []);
            default:
                return null;
        }
    }

    private List<string> Names(Fd directory, string path)
    {
        Errno errno = DirectoryReader.TryReadAll(directory.Number, out List<DirectoryEntry> entries);
        List<string> names = entries.ConvertAll(e => e.Name);
        names.Sort(StringComparer.Ordinal);
        return errno == Errno.OK ? names : throw Failed(path, errno.Name());
    }

    private TarEntry OpenFile(string name, string path, Fd place, in statx status)
    {
        if (status.stx_nlink > 1 && !_files.TryAdd((status.stx_dev_major, status.stx_dev_minor, status.stx_ino), name))
        {
            return Entry(name, TarEntryType.HardLink, status, [], _files[(status.stx_dev_major, status.stx_dev_minor, status.stx_ino)]);
        }

        _file?.Dispose();
        Errno errno = GuestFile.TryOpen(place, out _file);
        if (_file is null)
        {
            throw Failed(path, errno.Name());
        }

        _path = path;
        long size = (long)status.stx_size;
        List<TarExtent>? sparse = status.stx_blocks * BlocksBytes < status.stx_size ? Extents(_file, size) : null;
        (sparse ?? [new TarExtent(0, size)]).FindAll(e => e.Length > 0).ForEach(_extents.Enqueue);
        long stored = sparse?.Sum(e => e.Length) ?? size;
        _padding = -stored & (TarHeaderWriter.Block - 1);
        TarEntry entry = Entry(name, TarEntryType.File, status, Attributes(_file, path));
        return new TarEntry
        {
            UnsafeName = name,
            Type = TarEntryType.File,
            Mode = entry.Mode,
            Uid = entry.Uid,
            Gid = entry.Gid,
            Seconds = entry.Seconds,
            Nanoseconds = entry.Nanoseconds,
            Xattrs = entry.Xattrs,
            Size = size,
            StoredSize = stored,
            Extents = sparse,
        };
    }

    // Null for a file that is in too many parts, or whose filesystem does not say where its holes are.
    private static List<TarExtent>? Extents(Fd file, long size)
    {
        var extents = new List<TarExtent>();
        long end = 0;
        while (end < size && extents.Count < MostExtents)
        {
            Errno errno = Sys.TryLseek(file.Number, end, SEEK_DATA, out long data);
            if (errno == Errno.ENXIO)
            {
                extents.Add(new TarExtent(size, 0)); // It ends with a hole, as GNU tar marks it.
                return extents;
            }

            if (errno != Errno.OK || Sys.TryLseek(file.Number, data, SEEK_HOLE, out end) != Errno.OK)
            {
                return null;
            }

            end = Math.Min(end, size);
            extents.Add(new TarExtent(data, end - data));
        }

        return end < size ? null : extents;
    }

    private static TarEntry Entry(string name, TarEntryType type, in statx status, List<(byte[] Name, byte[] Value)> attributes, string link = "") => new()
    {
        UnsafeName = name,
        Type = type,
        UnsafeLinkName = link,
        Mode = status.stx_mode & 0b111_111_111_111,
        Uid = status.stx_uid,
        Gid = status.stx_gid,
        Seconds = status.stx_mtime.tv_sec,
        Nanoseconds = (int)status.stx_mtime.tv_nsec,
        DeviceMajor = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? status.stx_rdev_major : 0,
        DeviceMinor = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? status.stx_rdev_minor : 0,
        Xattrs = attributes,
    };

    private List<(byte[] Name, byte[] Value)> Attributes(Fd place, string path)
    {
        // An O_PATH descriptor has none to read; this is a regular file or a directory.
        Errno errno = Sys.TryOpenAt(AT_FDCWD, $"/proc/self/fd/{place.Number}", O_RDONLY | O_NONBLOCK, 0, out Fd? opened);
        if (opened is null)
        {
            throw Failed(path, errno.Name());
        }

        using Fd file = opened;
        byte[] names = new byte[LongestAttribute];
        errno = Sys.TryListXattr(file.Number, names, out int length);
        if (errno is not (Errno.OK or Errno.EOPNOTSUPP))
        {
            throw Failed(path, $"flistxattr: {errno.Name()}");
        }

        var attributes = new List<(byte[] Name, byte[] Value)>();
        foreach (string name in Encoding.Latin1.GetString(names, 0, length).Split('\0', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal))
        {
            byte[] value = new byte[LongestAttribute];
            if (name != "security.selinux" && Sys.TryGetXattr(file.Number, [.. Encoding.Latin1.GetBytes(name), 0], value, out int size) == Errno.OK)
            {
                attributes.Add((Encoding.Latin1.GetBytes(name), value[..size]));
            }
        }

        return attributes;
    }

    private ImageException Failed(string path, string problem) => new($"{_shown}: \"{TarException.Printable(path)}\": {problem}");
}
