using System.Globalization;
using Microsoft.Win32.SafeHandles;
using OciSpec.Image;
using Runtime.Images.Fetch;
using Runtime.Images.Layers;

namespace Runtime.Images.Sources;

/// <summary>An image of one layer, made of a root filesystem: its tarball, compressed or not, or its directory.</summary>
internal sealed class TarballSource : IImageSource
{
    private readonly SafeFileHandle? _file;
    private readonly Func<Stream> _open;
    private readonly byte[] _manifest;
    private readonly byte[] _config;

    /// <summary>Takes a tarball over: a file that can be read at any place.</summary>
    /// <param name="file">The tarball.</param>
    /// <param name="shown">How messages call it.</param>
    /// <param name="defaults">What its containers run as.</param>
    /// <param name="comment">For its history.</param>
    internal TarballSource(SafeFileHandle file, string shown, ContainerDefaults defaults, string comment)
        : this(() => new FileContent(file), shown, defaults, comment) => _file = file;

    /// <summary>Takes a directory, which must stay as it is until the image is there.</summary>
    /// <param name="directory">Its path.</param>
    /// <param name="defaults">What its containers run as.</param>
    /// <param name="comment">For its history.</param>
    internal TarballSource(string directory, ContainerDefaults defaults, string comment)
        : this(() => new TreeArchive(directory), directory, defaults, comment)
    {
    }

    private TarballSource(Func<Stream> open, string shown, ContainerDefaults defaults, string comment)
    {
        _open = open;
        Shown = shown;
        LayerCompression compression = Compression();
        using Stream content = open();
        using var compressed = new HashingStream(content, "sha256");
        string diffId;
        using (Stream plain = LayerDecoder.Open(compressed, compression))
        {
            diffId = Digests.Of(plain).Text;
        }

        string now = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        _config = ImageFile.Write(new ImageConfig
        {
            Created = now,
            Architecture = PlatformChoice.Host.Architecture,
            Os = "linux",
            Config = defaults,
            Rootfs = new RootFs { Type = "layers", DiffIds = [diffId] },
            History = [new HistoryEntry { Created = now, CreatedBy = "cctl import", Comment = comment }],
        });
        var layer = new Descriptor { MediaType = MediaTypes.LayerOf(compression), Digest = compressed.Digest.Text, Size = compressed.Count };
        _manifest = ImageFile.Write(NewManifest.Of(Digests.Of(_config), _config.Length, [layer]));
    }

    public string Shown { get; }

    public bool IsRemote => false;

    public SourceDocument GetRoot() => new(_manifest, MediaTypes.Manifest);

    public byte[] GetDocument(Descriptor descriptor) => _config;

    public Stream OpenBlob(Descriptor descriptor, long offset, out long beginsAt)
    {
        beginsAt = 0;
        return _open();
    }

    public void Dispose() => _file?.Dispose();

    private LayerCompression Compression()
    {
        using Stream content = _open();
        byte[] start = new byte[4];
        return LayerDecoder.Sniff(start.AsSpan(0, content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)));
    }

    private sealed class FileContent(SafeFileHandle file) : ForwardStream
    {
        private long _done;

        public override int Read(Span<byte> buffer)
        {
            int read = RandomAccess.Read(file, buffer, _done);
            _done += read;
            return read;
        }
    }
}
