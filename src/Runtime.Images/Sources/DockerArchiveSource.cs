using OciSpec.Image;
using Runtime.Images.Fetch;
using Runtime.Images.Layers;

namespace Runtime.Images.Sources;

/// <summary>
/// An image of an archive that <c>docker save</c> wrote. It has no manifest: one is made of its layers' files, whose digests are the
/// diffIDs of its config where they are not compressed.
/// </summary>
internal sealed class DockerArchiveSource : IImageSource
{
    internal const string ManifestName = "manifest.json";

    private readonly IMemberStore _members;
    private readonly byte[] _manifest;
    private readonly byte[] _config;
    private readonly Dictionary<string, string> _files = [];

    private DockerArchiveSource(IMemberStore members, DockerArchiveEntry entry)
    {
        _members = members;
        _config = members.Read(entry.Config!, ImageFile.MaxManifestBytes);
        List<string> diffIds = ImageFile.ParseConfig(_config).Rootfs!.DiffIds!;
        if (diffIds.Count != entry.Layers!.Count)
        {
            throw new ImageException($"{members.Shown}: {ManifestName} has {entry.Layers.Count} layers, the config {diffIds.Count}");
        }

        List<Descriptor> layers = [.. entry.Layers.Select((path, i) => Layer(path, diffIds[i]))];
        _manifest = ImageFile.Write(NewManifest.Of(Digests.Of(_config), _config.Length, layers));
    }

    public string Shown => _members.Shown;

    public bool IsRemote => false;

    /// <summary>The images of an archive, or the one of a name.</summary>
    /// <exception cref="ImageException">It is no such archive, or has no such image.</exception>
    internal static List<LocalImage> Open(IMemberStore members, string? name)
    {
        List<DockerArchiveEntry> entries = ImageFile.ParseDockerArchive(members.Read(ManifestName, ImageFile.MaxManifestBytes));
        List<DockerArchiveEntry> found = [.. entries.Where(e => name is null || e.RepoTags?.Contains(name) == true)];
        return found.Count > 0
            ? [.. found.Select(e => new LocalImage(new DockerArchiveSource(members, e), name is null ? e.RepoTags ?? [] : [name]))]
            : throw new ImageException($"{members.Shown}: it has no image {(name is null ? "at all" : $"\"{name}\": it has {string.Join(", ", entries.SelectMany(e => e.RepoTags ?? []))}")}");
    }

    public SourceDocument GetRoot() => new(_manifest, MediaTypes.Manifest);

    public byte[] GetDocument(Descriptor descriptor) => _config;

    public Stream OpenBlob(Descriptor descriptor, long offset, out long beginsAt)
    {
        beginsAt = 0;
        return _members.Open(_files[descriptor.Digest!], out _);
    }

    public void Dispose() => _members.Dispose();

    private Descriptor Layer(string path, string diffId)
    {
        using Stream content = _members.Open(path, out long length);
        byte[] start = new byte[4];
        int read = content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        LayerCompression compression = LayerDecoder.Sniff(start.AsSpan(0, read));
        string digest = compression == LayerCompression.None ? diffId : DigestOf(path);
        _files.TryAdd(digest, path);
        return new Descriptor
        {
            MediaType = MediaTypes.LayerOf(compression),
            Digest = digest,
            Size = length,
        };
    }

    private string DigestOf(string path)
    {
        using Stream content = _members.Open(path, out _);
        return Digests.Of(content).Text;
    }
}
