using Microsoft.Win32.SafeHandles;
using Runtime.Images.Layers;
using Runtime.Images.Tar;
using Runtime.Linux;

namespace Runtime.Images.Sources;

/// <summary>Files of a tar archive, by the places of their content in it. Symlinks among them are followed, as docker's older archives need it.</summary>
internal sealed class ArchiveMembers : IMemberStore
{
    private const int MostMembers = 100_000;
    private const int MostLinks = 8;

    private readonly SafeFileHandle _file;
    private readonly Dictionary<string, (long Offset, long Length)> _members = [];
    private readonly Dictionary<string, string> _links = [];

    /// <summary>Takes an archive over: a file that can be read at any place.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="shown">How messages call it.</param>
    internal ArchiveMembers(SafeFileHandle file, string shown)
    {
        _file = file;
        Shown = shown;
        try
        {
            ReadIndex();
        }
        catch (TarException e)
        {
            throw new ImageException($"{shown}: {e.Message}", e);
        }
    }

    public string Shown { get; }

    public bool Has(string path) => Find(path) is not null;

    public byte[] Read(string path, int most)
    {
        (long offset, long length) = Find(path) ?? throw Missing(path);
        if (length > most)
        {
            throw new ImageException($"{Shown}: its {Printable(path)} has {length} bytes: at most {most} are read");
        }

        byte[] bytes = new byte[length];
        using var stream = new MemberStream(_file, offset, length);
        return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length ? bytes : throw new ImageException($"{Shown}: it ends too early");
    }

    public Stream Open(string path, out long length)
    {
        (long offset, length) = Find(path) ?? throw Missing(path);
        return new MemberStream(_file, offset, length);
    }

    public void Dispose() => _file.Dispose();

    private void ReadIndex()
    {
        // Of its own position: the handle stays at the beginning for nobody.
        using var stream = new FileStream(_file.IsClosed ? throw new ObjectDisposedException(Shown) : new SafeFileHandle(Sys.Duplicate((int)_file.DangerousGetHandle()).Release(), ownsHandle: true), FileAccess.Read, bufferSize: 0);
        stream.Position = 0;
        var reader = new TarReader(stream, new TarLimits { Entries = MostMembers });
        while (reader.Next() is { } entry)
        {
            string path = LayerPath.Of(entry.UnsafeName, entry.UnsafeName);
            switch (entry.Type)
            {
                case TarEntryType.File when entry.Extents is null:
                    _members.TryAdd(path, (reader.Position, entry.Size));
                    break;
                case TarEntryType.Symlink:
                    _links.TryAdd(path, Path.Combine("/", LayerPath.Split(path).Directory, entry.UnsafeLinkName));
                    break;
                case TarEntryType.HardLink:
                    _links.TryAdd(path, "/" + entry.UnsafeLinkName);
                    break;
                default:
                    break;
            }
        }
    }

    private (long Offset, long Length)? Find(string path)
    {
        for (int i = 0; i < MostLinks; i++)
        {
            path = Path.GetFullPath("/" + path)[1..];
            if (_members.TryGetValue(path, out (long Offset, long Length) found))
            {
                return found;
            }

            if (!_links.TryGetValue(path, out string? target))
            {
                return null;
            }

            path = target;
        }

        return null;
    }

    private ImageException Missing(string path) => new($"{Shown}: it has no {Printable(path)}");

    private static string Printable(string path) => TarException.Printable(path);

    private sealed class MemberStream(SafeFileHandle file, long offset, long length) : ForwardStream
    {
        private long _done;

        public override int Read(Span<byte> buffer)
        {
            int read = RandomAccess.Read(file, buffer[..(int)Math.Min(buffer.Length, length - _done)], offset + _done);
            _done += read;
            return read;
        }
    }
}
