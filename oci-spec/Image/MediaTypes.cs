namespace OciSpec.Image;

/// <summary>Media types of images: the image specification's (media-types.md), and Docker's of the same content.</summary>
public static class MediaTypes
{
    /// <summary>An <see cref="ImageIndex"/>.</summary>
    public const string Index = "application/vnd.oci.image.index.v1+json";

    /// <summary>An <see cref="ImageManifest"/>.</summary>
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>An <see cref="ImageConfig"/>.</summary>
    public const string Config = "application/vnd.oci.image.config.v1+json";

    /// <summary>A layer, uncompressed.</summary>
    public const string Layer = "application/vnd.oci.image.layer.v1.tar";

    /// <summary>A layer, gzip (RFC 1952).</summary>
    public const string LayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <summary>A layer, zstd (RFC 8478).</summary>
    public const string LayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";

    /// <summary>Docker's manifest list: an <see cref="ImageIndex"/>.</summary>
    public const string DockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>Docker's manifest, schema 2: an <see cref="ImageManifest"/>.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>Docker's config: an <see cref="ImageConfig"/>.</summary>
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    /// <summary>Docker's layer, gzip.</summary>
    public const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    /// <summary>Docker's layer, uncompressed.</summary>
    public const string DockerLayerPlain = "application/vnd.docker.image.rootfs.diff.tar";

    /// <summary>Docker's layer, zstd, which some builders write.</summary>
    public const string DockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd";

    /// <summary>A layer of that compression.</summary>
    public static string LayerOf(LayerCompression compression) => compression switch
    {
        LayerCompression.Gzip => LayerGzip,
        LayerCompression.Zstd => LayerZstd,
        _ => Layer,
    };

    /// <summary>Whether it is an index of either kind.</summary>
    public static bool IsIndex(string? mediaType) => mediaType is Index or DockerIndex;

    /// <summary>Whether it is a manifest of either kind.</summary>
    public static bool IsManifest(string? mediaType) => mediaType is Manifest or DockerManifest;

    /// <summary>Whether it is a config of either kind.</summary>
    public static bool IsConfig(string? mediaType) => mediaType is Config or DockerConfig;
}
