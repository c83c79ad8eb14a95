using OciSpec.Image;

namespace Runtime.Images.Store;

/// <summary>An image of the store: its documents, and what was noted when it came.</summary>
public sealed class StoredImage
{
    private ImageManifest? _manifest;
    private ImageConfig? _config;

    /// <summary>The manifest's digest, by which the store has the image.</summary>
    public required ContentDigest Digest { get; init; }

    /// <summary>The manifest as it was fetched.</summary>
    public required byte[] ManifestBytes { get; init; }

    /// <summary>The config as it was fetched.</summary>
    public required byte[] ConfigBytes { get; init; }

    /// <summary>When it was fetched or loaded.</summary>
    public required DateTimeOffset Fetched { get; init; }

    /// <summary>The manifest.</summary>
    public ImageManifest Manifest => _manifest ??= ImageFile.ParseManifest(ManifestBytes);

    /// <summary>The config.</summary>
    public ImageConfig Config => _config ??= ImageFile.ParseConfig(ConfigBytes);

    /// <summary>The image's id: its config's digest.</summary>
    public ContentDigest Id => ContentDigest.Parse(Manifest.Config!.Digest!);

    /// <summary>Digests of the layers, from the lowest to the highest.</summary>
    public IEnumerable<ContentDigest> DiffIds => Config.Rootfs!.DiffIds!.Select(ContentDigest.Parse);
}
