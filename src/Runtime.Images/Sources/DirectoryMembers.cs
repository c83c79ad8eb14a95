using Microsoft.Win32.SafeHandles;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Images.Sources;

/// <summary>Files below a directory, whose symlinks lead nowhere else.</summary>
internal sealed class DirectoryMembers : IMemberStore
{
    private const ulong Inside = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

    private readonly Fd _root;

    internal DirectoryMembers(string path)
    {
        Shown = path;
        Errno errno = Sys.TryOpenAt(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, out Fd? root);
        _root = root ?? throw new ImageException($"{path}: {(errno == Errno.ENOENT ? "no such directory" : errno == Errno.ENOTDIR ? "not a directory" : errno.Name())}");
    }

    public string Shown { get; }

    public bool Has(string path) => TryOpen(path, out Fd? file) == Errno.OK && Closed(file!);

    public byte[] Read(string path, int most)
    {
        using Fd file = OpenFd(path);
        Errno errno = FileText.TryReadAll(file.Number, out byte[] bytes, most);
        return errno == Errno.OK ? bytes : throw new ImageException($"{Shown}/{path}: {(errno == Errno.EFBIG ? $"more than {most} bytes" : errno.Name())}");
    }

    public Stream Open(string path, out long length)
    {
        var stream = new FileStream(new SafeFileHandle(OpenFd(path).Release(), ownsHandle: true), FileAccess.Read, bufferSize: 0);
        length = stream.Length;
        return stream;
    }

    public void Dispose() => _root.Dispose();

    private static bool Closed(Fd file)
    {
        file.Dispose();
        return true;
    }

    private Fd OpenFd(string path)
    {
        Errno errno = TryOpen(path, out Fd? file);
        return file ?? throw new ImageException($"{Shown}/{path}: {(errno == Errno.ENOENT ? "it is missing" : errno == Errno.EINVAL ? "it is not a file" : errno.Name())}");
    }

    private Errno TryOpen(string path, out Fd? file)
    {
        file = null;
        Errno errno = Sys.TryOpenAt2(_root.Number, path, O_PATH, 0, Inside, out Fd? opened);
        if (opened is null)
        {
            return errno;
        }

        using Fd place = opened;
        return GuestFile.TryOpen(place, out file);
    }
}
