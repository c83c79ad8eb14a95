using OciSpec.Image;

namespace Runtime.Images;

/// <summary>Manifests of images that come without one, or whose layers have other blobs than they had.</summary>
public static class NewManifest
{
    /// <summary>The manifest of a config, by its digest and bytes, and these layers.</summary>
    public static ImageManifest Of(ContentDigest config, long configBytes, List<Descriptor> layers) => new()
    {
        SchemaVersion = 2,
        MediaType = MediaTypes.Manifest,
        Config = new Descriptor { MediaType = MediaTypes.Config, Digest = config.Text, Size = configBytes },
        Layers = layers,
    };
}
