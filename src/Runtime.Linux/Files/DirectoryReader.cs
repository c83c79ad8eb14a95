using System.Buffers.Binary;
using static Runtime.Linux.Abi;

namespace Runtime.Linux.Files;

/// <summary>An entry of a directory.</summary>
/// <param name="Name">Its name, as <see cref="FileName"/> has it.</param>
/// <param name="Type">DT_*, readdir(3); DT_UNKNOWN on filesystems that do not say.</param>
public readonly record struct DirectoryEntry(string Name, byte Type)
{
    /// <summary>Whether the filesystem says that it is a directory.</summary>
    public bool IsDirectory => Type == DT_DIR;
}

/// <summary>
/// The entries of a directory without <c>.</c> and <c>..</c>, one after the other: a directory of a stranger's may have more than
/// fit into memory. See getdents64(2).
/// </summary>
public sealed class DirectoryReader : IDisposable
{
    // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name.
    private const int LengthAt = 16;
    private const int TypeAt = 18;
    private const int NameAt = 19;

    private readonly Fd _directory;
    private readonly byte[] _buffer = new byte[16 << 10];
    private int _length;
    private int _at;

    private DirectoryReader(Fd directory) => _directory = directory;

    /// <summary>The entry that <see cref="MoveNext"/> found.</summary>
    public DirectoryEntry Current { get; private set; }

    /// <summary>Why there are no more entries; OK at the end of the directory, and where it was removed meanwhile.</summary>
    public Errno Error { get; private set; }

    /// <summary>
    /// Reads a directory from its beginning, by a description of its own: reading moves the position of the one that it reads. The
    /// fd may be one of O_PATH, and stays the caller's.
    /// </summary>
    public static Errno TryOpen(int dirfd, out DirectoryReader? reader)
    {
        Errno errno = Sys.TryOpenAt(dirfd, ".", O_RDONLY | O_DIRECTORY, 0, out Fd? own);
        reader = own is null ? null : new DirectoryReader(own);
        return errno;
    }

    /// <summary>All entries of a directory, or the error that kept this process from reading on.</summary>
    public static Errno TryReadAll(int dirfd, out List<DirectoryEntry> entries)
    {
        entries = [];
        Errno errno = TryOpen(dirfd, out DirectoryReader? opened);
        if (opened is null)
        {
            return errno;
        }

        using DirectoryReader reader = opened;
        while (reader.MoveNext())
        {
            entries.Add(reader.Current);
        }

        return reader.Error;
    }

    /// <summary>As <see cref="TryReadAll"/>, and throws on failure.</summary>
    /// <exception cref="SyscallException">The directory cannot be read.</exception>
    public static List<DirectoryEntry> ReadAll(int dirfd)
    {
        Errno errno = TryReadAll(dirfd, out List<DirectoryEntry> entries);
        return errno == Errno.OK ? entries : throw new SyscallException($"getdents64({dirfd})", errno);
    }

    /// <summary>Goes to the next entry; false when there is none left.</summary>
    public bool MoveNext()
    {
        while (_at < _length || Fill())
        {
            ReadOnlySpan<byte> record = _buffer.AsSpan(_at, _length - _at);
            record = record[..BinaryPrimitives.ReadUInt16LittleEndian(record[LengthAt..])];
            _at += record.Length;
            ReadOnlySpan<byte> name = record[NameAt..];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                Current = new DirectoryEntry(FileName.Of(name), record[TypeAt]);
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _directory.Dispose();

    private bool Fill()
    {
        _at = 0;
        Errno errno = Sys.TryGetDents64(_directory.Number, _buffer, out _length);
        Error = errno is Errno.ENOENT or Errno.ENODEV ? Errno.OK : errno;
        return errno == Errno.OK && _length > 0;
    }
}
