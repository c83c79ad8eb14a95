using Runtime.Images.Tar;
using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Layers;

/// <summary>
/// Unpacks a layer (image-spec layer.md) into a directory of its own and nowhere else, without its parents, in the form that
/// overlayfs takes: whiteouts as devices 0:0, opaque directories by an attribute (Documentation/filesystems/overlayfs.rst).
/// An entry is made where nothing was: a second one of the same name is an error, but for directories, whose last one counts.
/// </summary>
public sealed class LayerUnpacker : IDisposable
{
    private const int FileMode = 0b110_000_000;
    private const int DirectoryMode = 0b111_000_000;
    private const int PermissionBits = 0b111_111_111;

    private readonly LayerOptions _options;
    private readonly LayerDirectories _directories;
    private readonly LayerAttributes _attributes;
    private readonly LayerWhiteouts _whiteouts;
    private readonly List<(string Path, TarEntry Entry)> _finish = [];
    private readonly List<(string Path, string Target)> _links = [];

    /// <summary>Prepares to unpack below <paramref name="root"/>, which stays the caller's. The umask must be 0.</summary>
    public LayerUnpacker(Fd root, LayerOptions options)
    {
        _options = options;
        _directories = new LayerDirectories(root);
        _attributes = new LayerAttributes(Sys.GetEuid(), Sys.GetEgid());
        _whiteouts = new LayerWhiteouts(options.UserXattrs);
    }

    /// <summary>Hard links to files that this layer does not have: lower layers must, and a copy is made of theirs.</summary>
    public IReadOnlyList<(string Path, string Target)> LinksIntoLowerLayers => _links;

    /// <summary>Names of device nodes that were left out.</summary>
    public int DevicesLeftOut { get; private set; }

    /// <summary>Unpacks all entries, and reads the archive to its end.</summary>
    /// <param name="reader">The archive.</param>
    /// <param name="skeleton">Learns which entries' content is where; null where nobody wants to know.</param>
    /// <exception cref="TarException">The archive is damaged, an entry is not allowed, or the filesystem refuses it.</exception>
    public void Unpack(TarReader reader, LayerSkeletonWriter? skeleton)
    {
        while (reader.Next() is { } entry)
        {
            Unpack(reader, entry, skeleton);
        }

        // The innermost first, and of those that came twice the last.
        var finished = new HashSet<string>();
        for (int i = _finish.Count - 1; i >= 0; i--)
        {
            if (finished.Add(_finish[i].Path))
            {
                Finish(_finish[i].Path, _finish[i].Entry);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _directories.Dispose();

    private void Unpack(TarReader reader, TarEntry entry, LayerSkeletonWriter? skeleton)
    {
        string path = LayerPath.Of(entry.UnsafeName, entry.UnsafeName);
        if (path.Length == 0)
        {
            MakeRoot(entry);
            return;
        }

        (string parent, string name) = LayerPath.Split(path);
        if (path.Contains(".wh.", StringComparison.Ordinal) && LayerWhiteouts.IsMark(path, entry.UnsafeName))
        {
            if (!LayerWhiteouts.IsAufs(path))
            {
                _whiteouts.Make(_directories.Make(parent, entry.UnsafeName), name, entry);
            }

            return;
        }

        switch (entry.Type)
        {
            case TarEntryType.Directory:
                MakeDirectory(path, parent, name, entry);
                break;
            case TarEntryType.File:
                skeleton?.File(path, entry);
                MakeFile(_directories.Make(parent, entry.UnsafeName), name, entry, reader);
                break;
            case TarEntryType.HardLink:
                MakeLink(path, parent, name, entry);
                break;
            default:
                MakeSpecial(_directories.Make(parent, entry.UnsafeName), name, entry);
                break;
        }
    }

    private void MakeRoot(TarEntry entry)
    {
        if (entry.Type != TarEntryType.Directory)
        {
            throw new TarException(entry.UnsafeName, "the layer's root is a directory");
        }

        _attributes.Set(_directories.Make("", entry.UnsafeName), ".", entry);
        _finish.Add(("", entry));
    }

    private void MakeDirectory(string path, string parent, string name, TarEntry entry)
    {
        int directory = _directories.Make(parent, entry.UnsafeName);
        Errno errno = Sys.TryMkdirAt(directory, name, DirectoryMode);
        if (errno == Errno.EEXIST && LayerWhiteouts.TryRemove(directory, name))
        {
            // The lower directory is gone, and this one is new.
            Check(Sys.TryMkdirAt(directory, name, DirectoryMode), "mkdirat", entry);
            _whiteouts.MakeOpaque(directory, name, entry);
        }
        else if (errno == Errno.EEXIST)
        {
            if (Sys.TryOpenAt(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? there) != Errno.OK)
            {
                throw Twice(entry);
            }

            there!.Dispose();
        }
        else
        {
            Check(errno, "mkdirat", entry);
        }

        _attributes.Set(directory, name, entry);
        _finish.Add((path, entry));
    }

    private void MakeFile(int directory, string name, TarEntry entry, TarReader reader)
    {
        // Without set-id bits until the content is there: writing takes them away.
        int mode = (entry.Mode & PermissionBits) | FileMode;
        Errno errno = Open(directory, name, mode, out Fd? opened);
        if (errno == Errno.EEXIST && LayerWhiteouts.TryRemove(directory, name))
        {
            errno = Open(directory, name, mode, out opened);
        }

        if (opened is null)
        {
            throw errno == Errno.EEXIST ? Twice(entry) : new TarException(entry.UnsafeName, $"openat: {errno.Name()}{LayerDirectories.Meaning(errno)}");
        }

        using Fd file = opened;
        if (entry.Extents is null)
        {
            Write(file, entry, reader, long.MaxValue);
        }
        else
        {
            foreach (TarExtent part in entry.Extents)
            {
                Check(Sys.TryLseek(file.Number, part.Offset, SEEK_SET, out _), "lseek", entry);
                Write(file, entry, reader, part.Length);
            }

            Check(Sys.TryFtruncate(file.Number, entry.Size), "ftruncate", entry);
        }

        _attributes.Set(file.Number, entry, mode);
        LayerAttributes.SetTime(directory, name, entry);
    }

    private static Errno Open(int directory, string name, int mode, out Fd? file) =>
        Sys.TryOpenAt(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode, out file);

    private static void Write(Fd file, TarEntry entry, TarReader reader, long length)
    {
        while (length > 0 && reader.ReadContent(length) is { IsEmpty: false } part)
        {
            Check(Sys.TryWrite(file.Number, part), "write", entry);
            length -= part.Length;
        }
    }

    private void MakeLink(string path, string parent, string name, TarEntry entry)
    {
        string target = LayerPath.Of(entry.UnsafeLinkName, entry.UnsafeName);
        (string targetParent, string targetName) = LayerPath.Split(target);
        if (targetName.Length == 0)
        {
            throw new TarException(entry.UnsafeName, "a hard link to the layer's root");
        }

        Errno errno = _directories.TryOpen(targetParent, entry.UnsafeName, out int found);
        if (errno == Errno.OK)
        {
            using Fd from = Sys.Duplicate(found);
            int directory = _directories.Make(parent, entry.UnsafeName);
            errno = Sys.TryLinkAt(from.Number, targetName, directory, name);
            if (errno == Errno.EEXIST && LayerWhiteouts.TryRemove(directory, name))
            {
                errno = Sys.TryLinkAt(from.Number, targetName, directory, name);
            }
        }

        switch (errno)
        {
            case Errno.OK:
                return;
            case Errno.ENOENT:
                _links.Add((path, target));
                return;
            case Errno.EEXIST:
                throw Twice(entry);
            case Errno.EPERM:
                throw new TarException(entry.UnsafeName, $"a hard link to \"{TarException.Printable(target)}\", which is a directory");
            default:
                throw new TarException(entry.UnsafeName, $"linkat to \"{TarException.Printable(target)}\": {errno.Name()}{LayerDirectories.Meaning(errno)}");
        }
    }

    private void MakeSpecial(int directory, string name, TarEntry entry)
    {
        if (entry.Type == TarEntryType.CharacterDevice && entry is { DeviceMajor: 0, DeviceMinor: 0 })
        {
            throw new TarException(entry.UnsafeName, "a character device 0:0 is overlayfs's mark of a file that was removed");
        }

        bool device = entry.Type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice;
        if (device && _options.WithoutDevices)
        {
            DevicesLeftOut++;
            return;
        }

        Errno errno = MakeNode(directory, name, entry);
        if (errno == Errno.EEXIST && LayerWhiteouts.TryRemove(directory, name))
        {
            errno = MakeNode(directory, name, entry);
        }

        if (errno == Errno.EEXIST)
        {
            throw Twice(entry);
        }

        Check(errno, entry.Type == TarEntryType.Symlink ? "symlinkat" : "mknodat", entry);
        _attributes.Set(directory, name, entry);
        LayerAttributes.SetTime(directory, name, entry);
    }

    private static Errno MakeNode(int directory, string name, TarEntry entry) => entry.Type switch
    {
        TarEntryType.Symlink when entry.UnsafeLinkName.Length == 0 => throw new TarException(entry.UnsafeName, "a symlink to nothing"),
        TarEntryType.Symlink => Sys.TrySymlinkAt(entry.UnsafeLinkName, directory, name),
        TarEntryType.Fifo => Sys.TryMknodAt(directory, name, S_IFIFO | FileMode, 0),
        TarEntryType.BlockDevice => Sys.TryMknodAt(directory, name, S_IFBLK | FileMode, Device(entry)),
        _ => Sys.TryMknodAt(directory, name, S_IFCHR | FileMode, Device(entry)),
    };

    private static long Device(TarEntry entry) => entry is { DeviceMajor: < 1 << 12, DeviceMinor: < 1 << 20 }
        ? DeviceNumber.Encode(entry.DeviceMajor, entry.DeviceMinor)
        : throw new TarException(entry.UnsafeName, $"a device {entry.DeviceMajor}:{entry.DeviceMinor}: Linux has 4095:1048575 at most");

    // A directory's mode and time come last: what is made in it needs the one, and changes the other.
    private void Finish(string path, TarEntry entry)
    {
        (string parent, string name) = LayerPath.Split(path);
        int directory = _directories.Make(parent, entry.UnsafeName);
        name = name.Length == 0 ? "." : name;
        Check(Sys.TryFchmodAt(directory, name, entry.Mode), "fchmodat", entry);
        LayerAttributes.SetTime(directory, name, entry);
    }

    private static void Check(Errno errno, string call, TarEntry entry) => LayerAttributes.Check(errno, call, entry);

    private static TarException Twice(TarEntry entry) => new(entry.UnsafeName, "the layer has it twice");
}
