using OciSpec;
using OciSpec.Image;
using Runtime.Images.References;
using Runtime.Images.Store;
using Runtime.Images.Tar;

namespace Runtime.Images.Fetch;

/// <summary>
/// Brings an image into the store: documents first, then the layers that the store lacks, several at once; the image's record and
/// its name when all are durable. What a failure leaves is named or kept where the next one finds it, or garbage in tmp/.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="progress">Learns how far it is.</param>
public sealed class ImageFetch(ImageStore store, IFetchProgress progress)
{
    private const int DeepestIndex = 4;

    /// <summary>What a layer may ask for.</summary>
    public TarLimits Limits { get; init; } = new();

    /// <summary>Layers that are fetched at a time.</summary>
    public int Parallel { get; init; } = 3;

    /// <summary>Whether layers that are there are proven even where the image is, too, and fetched again where they are damaged.</summary>
    public bool Prove { get; init; }

    /// <summary>Fetches an image and gives it a name.</summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="platform">Whose image of several.</param>
    /// <param name="names">The names that it gets; none: it is there by its digest alone.</param>
    /// <exception cref="ImageException">It cannot be had or stored; what was fetched is kept.</exception>
    public StoredImage Run(IImageSource source, PlatformChoice platform, IReadOnlyList<ImageReference> names)
    {
        try
        {
            store.Temporary.RemoveGarbage();
            SourceDocument root = source.GetRoot();
            ContentDigest named = Digests.Of(root.Bytes);
            byte[] document = ChooseManifest(source, root, platform);
            ContentDigest digest = Digests.Of(document);
            ImageManifest manifest = ImageFile.ParseManifest(document);
            StoredImage? there = store.Images.Find(digest);
            byte[] configBytes = there?.ConfigBytes ?? Verified(source, manifest.Config!, "the config");
            ImageConfig config = ImageFile.ParseConfig(configBytes);
            Check(manifest, config, source.Shown);
            List<HeldLayer> held = new LayerFetch(store, source, progress) { Limits = Limits, Parallel = Parallel, Prove = Prove || there is null }.Run(manifest, config);
            store.Images.AddNamed(digest, document, configBytes, source.Repository, names.Select(n => new StoredReference(n, digest, named)));
            held.ForEach(h => h.Dispose());
            return new StoredImage { Digest = digest, ManifestBytes = document, ConfigBytes = configBytes, Fetched = DateTimeOffset.UtcNow };
        }
        catch (ConfigException e)
        {
            throw new ImageException($"{source.Shown}: {e.Message}", e);
        }
    }

    private static byte[] ChooseManifest(IImageSource source, SourceDocument document, PlatformChoice platform)
    {
        for (int depth = 0; depth < DeepestIndex; depth++)
        {
            string mediaType = document.MediaType.Length > 0 ? document.MediaType : OwnMediaType(document.Bytes);
            if (!MediaTypes.IsIndex(mediaType))
            {
                return document.Bytes;
            }

            Descriptor chosen = platform.Choose(ImageFile.ParseIndex(document.Bytes), source.Shown);
            document = new SourceDocument(Verified(source, chosen, "the manifest"), chosen.MediaType!);
        }

        throw new ImageException($"{source.Shown}: indexes in indexes, more than {DeepestIndex} deep");
    }

    // A registry says what it sends; a file says it itself, or has manifests or layers.
    private static string OwnMediaType(byte[] document)
    {
        try
        {
            return ImageFile.ParseIndex(document).Manifests is null ? MediaTypes.Manifest : MediaTypes.Index;
        }
        catch (ConfigException)
        {
            return MediaTypes.Manifest; // What is wrong with it is then said of it as a manifest.
        }
    }

    private static byte[] Verified(IImageSource source, Descriptor descriptor, string what)
    {
        byte[] bytes = source.GetDocument(descriptor);
        var digest = ContentDigest.Parse(descriptor.Digest!);
        ContentDigest own = Digests.Of(bytes, digest.Algorithm);
        return bytes.Length != descriptor.Size ? throw new ImageException($"{source.Shown}: {what} has {bytes.Length} bytes, not {descriptor.Size}")
            : own != digest ? throw new ImageException($"{source.Shown}: {what} has the digest {own}, not {digest}: it was changed or damaged on its way")
            : bytes;
    }

    private static void Check(ImageManifest manifest, ImageConfig config, string shown)
    {
        if (config.Os != "linux")
        {
            throw new ImageException($"{shown}: an image of {config.Os}, which does not run on linux");
        }

        if (manifest.Layers!.Count != config.Rootfs!.DiffIds!.Count)
        {
            throw new ImageException($"{shown}: its manifest has {manifest.Layers.Count} layers, its config {config.Rootfs.DiffIds.Count}");
        }
    }
}
