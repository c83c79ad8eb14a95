using OciSpec.Image;
using Runtime.Images.Fetch;

namespace Runtime.Images.Sources;

/// <summary>An image of an image layout (image-spec image-layout.md), in a directory or an archive.</summary>
internal sealed class LayoutSource(IMemberStore members, Descriptor root, string shown) : IImageSource
{
    private const string ReferenceName = "org.opencontainers.image.ref.name";
    private const string ContainerdName = "io.containerd.image.name";

    public string Shown => shown;

    public bool IsRemote => false;

    /// <summary>The images of a layout, or those of one name.</summary>
    /// <param name="members">The layout.</param>
    /// <param name="name">The value of its annotation <c>org.opencontainers.image.ref.name</c>; null: all.</param>
    /// <exception cref="ImageException">It is no layout, or has no such image.</exception>
    internal static List<LocalImage> Open(IMemberStore members, string? name)
    {
        if (!members.Has("oci-layout") || !members.Has("index.json"))
        {
            throw new ImageException($"{members.Shown}: it is not an image layout: it has no oci-layout or index.json");
        }

        ImageFile.ParseLayout(members.Read("oci-layout", 4096));
        ImageIndex index = ImageFile.ParseIndex(members.Read("index.json", ImageFile.MaxManifestBytes));
        List<Descriptor> found = [.. index.Manifests!.Where(m => name is null || m.Annotations?.GetValueOrDefault(ReferenceName) == name || m.Annotations?.GetValueOrDefault(ContainerdName) == name)];
        if (found.Count == 0)
        {
            string[] names = [.. index.Manifests!.Select(m => m.Annotations?.GetValueOrDefault(ReferenceName)).OfType<string>()];
            throw new ImageException($"{members.Shown}: it has no image {(name is null ? "at all" : $"\"{name}\"")}{(names.Length > 0 ? $": it has {string.Join(", ", names)}" : "")}");
        }

        return [.. found.Select(d => new LocalImage(new LayoutSource(members, d, members.Shown), NamesOf(d)))];
    }

    public SourceDocument GetRoot() => new(GetDocument(root), root.MediaType!);

    public byte[] GetDocument(Descriptor descriptor) => members.Read(PathOf(descriptor), ImageFile.MaxManifestBytes);

    public Stream OpenBlob(Descriptor descriptor, long offset, out long beginsAt)
    {
        beginsAt = 0;
        return members.Open(PathOf(descriptor), out _);
    }

    public void Dispose() => members.Dispose();

    private static string[] NamesOf(Descriptor descriptor) =>
        descriptor.Annotations?.GetValueOrDefault(ContainerdName) is { } full ? [full]
        : descriptor.Annotations?.GetValueOrDefault(ReferenceName) is { } tag ? [tag]
        : [];

    private static string PathOf(Descriptor descriptor)
    {
        var digest = ContentDigest.Parse(descriptor.Digest!);
        return $"blobs/{digest.Algorithm}/{digest.Hex}";
    }
}
