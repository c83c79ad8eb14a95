using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Store;

/// <summary>Directories of the store: made, locked, listed, removed and made durable. Nobody but the store's owner can write there.</summary>
internal static class StoreDirectory
{
    internal const int Mode = 0b111_000_000;
    internal const int FileMode = 0b110_000_000;

    /// <summary>Opens a directory, making it where it is missing.</summary>
    internal static Fd Make(int parent, string name, string shown)
    {
        Errno errno = Sys.TryMkdirAt(parent, name, Mode);
        if (errno is not (Errno.OK or Errno.EEXIST))
        {
            throw Failed("mkdir", shown, errno);
        }

        return Open(parent, name, shown);
    }

    internal static Fd Open(int parent, string name, string shown)
    {
        Errno errno = Sys.TryOpenAt(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? fd);
        return fd ?? throw Failed("open", shown, errno);
    }

    /// <summary>The names in a directory, without <c>.</c> and <c>..</c>; none where it is gone.</summary>
    internal static List<string> Names(int directory) =>
        DirectoryReader.TryReadAll(directory, out List<DirectoryEntry> entries) == Errno.OK ? entries.ConvertAll(e => e.Name) : [];

    /// <summary>Writes a new file and syncs it; its directory is the caller's to sync.</summary>
    internal static void Write(int directory, string name, ReadOnlySpan<byte> bytes, string shown)
    {
        using Fd file = New(directory, name, bytes, shown);
        Sync(file.Number, shown);
    }

    /// <summary>Writes a new file, which a loss of power may take away.</summary>
    internal static void WriteUnsynced(int directory, string name, ReadOnlySpan<byte> bytes, string shown) => New(directory, name, bytes, shown).Dispose();

    private static Fd New(int directory, string name, ReadOnlySpan<byte> bytes, string shown)
    {
        Errno errno = Sys.TryOpenAt(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FileMode, out Fd? opened);
        if (opened is null)
        {
            throw Failed("write", shown, errno);
        }

        errno = Sys.TryWrite(opened.Number, bytes);
        if (errno != Errno.OK)
        {
            opened.Dispose();
            throw Failed("write", shown, errno);
        }

        return opened;
    }

    internal static void Sync(int fd, string shown)
    {
        Errno errno = Sys.TryFsync(fd);
        if (errno != Errno.OK)
        {
            throw Failed("fsync", shown, errno);
        }
    }

    internal static ImageException Failed(string call, string shown, Errno errno) => new($"{call} {shown}: {errno.Name()}{errno switch
    {
        Errno.EACCES or Errno.EPERM => ": the store belongs to another user",
        Errno.EROFS => ": the filesystem is read-only",
        _ => Shortage.Meaning(errno),
    }}");
}
