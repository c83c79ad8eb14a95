namespace OciSpec.Image;

/// <summary>What the values of image documents may be. What is not an image that can be run here is refused by name.</summary>
internal static class ImageChecks
{
    /// <summary>Most layers of an image: overlayfs takes 500 (Documentation/filesystems/overlayfs.rst).</summary>
    public const int MostLayers = 500;

    private const int MostManifests = 1024;

    internal static ImageIndex Check(ImageIndex index)
    {
        SchemaVersion(index.SchemaVersion);
        if (index.MediaType is { } own && !MediaTypes.IsIndex(own))
        {
            throw new ConfigException("/mediaType", $"{Quote(own)} is not an index: {MediaTypes.Index} or {MediaTypes.DockerIndex}");
        }

        List<Descriptor> manifests = index.Manifests ?? throw Missing("/manifests");
        if (manifests.Count > MostManifests)
        {
            throw new ConfigException("/manifests", $"{manifests.Count} manifests: at most {MostManifests} are read");
        }

        for (int i = 0; i < manifests.Count; i++)
        {
            Check(manifests[i], $"/manifests/{i}");
        }

        return index;
    }

    internal static ImageManifest Check(ImageManifest manifest)
    {
        SchemaVersion(manifest.SchemaVersion);
        if (manifest.MediaType is { } own && !MediaTypes.IsManifest(own))
        {
            throw new ConfigException("/mediaType", $"{Quote(own)} is not an image's manifest: {MediaTypes.Manifest} or {MediaTypes.DockerManifest}");
        }

        Descriptor config = manifest.Config ?? throw Missing("/config");
        Check(config, "/config");
        if (!MediaTypes.IsConfig(config.MediaType))
        {
            throw new ConfigException("/config/mediaType", $"{Quote(config.MediaType)}: an artifact, not an image that can be run");
        }

        List<Descriptor> layers = manifest.Layers ?? throw Missing("/layers");
        if (layers.Count > MostLayers)
        {
            throw new ConfigException("/layers", $"{layers.Count} layers: overlayfs takes at most {MostLayers}");
        }

        for (int i = 0; i < layers.Count; i++)
        {
            Check(layers[i], $"/layers/{i}");
            Compression(layers[i], $"/layers/{i}/mediaType");
        }

        return manifest;
    }

    internal static ImageConfig Check(ImageConfig config)
    {
        _ = config.Architecture ?? throw Missing("/architecture");
        _ = config.Os ?? throw Missing("/os");
        RootFs root = config.Rootfs ?? throw Missing("/rootfs");
        if (root.Type != "layers")
        {
            throw new ConfigException("/rootfs/type", $"{Quote(root.Type)} is not known: layers is");
        }

        List<string> digests = root.DiffIds ?? throw Missing("/rootfs/diff_ids");
        if (digests.Count > MostLayers)
        {
            throw new ConfigException("/rootfs/diff_ids", $"{digests.Count} layers: overlayfs takes at most {MostLayers}");
        }

        for (int i = 0; i < digests.Count; i++)
        {
            DigestText(digests[i], $"/rootfs/diff_ids/{i}");
        }

        return config;
    }

    internal static ImageLayout Check(ImageLayout layout) =>
        layout.ImageLayoutVersion is { } version && version.StartsWith("1.", StringComparison.Ordinal)
            ? layout
            : throw new ConfigException("/imageLayoutVersion", $"{Quote(layout.ImageLayoutVersion)} is not known: 1.0.0 is");

    internal static List<DockerArchiveEntry> Check(List<DockerArchiveEntry> entries)
    {
        for (int i = 0; i < entries.Count; i++)
        {
            _ = entries[i].Config ?? throw Missing($"/{i}/Config");
            List<string> layers = entries[i].Layers ?? throw Missing($"/{i}/Layers");
            if (layers.Count > MostLayers)
            {
                throw new ConfigException($"/{i}/Layers", $"{layers.Count} layers: overlayfs takes at most {MostLayers}");
            }
        }

        return entries;
    }

    /// <summary>How a layer is compressed, by its media type.</summary>
    internal static LayerCompression Compression(Descriptor layer, string pointer) => layer.MediaType switch
    {
        MediaTypes.LayerGzip or MediaTypes.DockerLayer => LayerCompression.Gzip,
        MediaTypes.LayerZstd or MediaTypes.DockerLayerZstd => LayerCompression.Zstd,
        MediaTypes.Layer or MediaTypes.DockerLayerPlain => LayerCompression.None,
        { } foreign when foreign.Contains("nondistributable", StringComparison.Ordinal) || foreign.Contains("foreign", StringComparison.Ordinal) =>
            throw new ConfigException(pointer, $"{Quote(foreign)}: a layer that its owner does not let registries distribute, as Windows has them"),
        { } encrypted when encrypted.EndsWith("+encrypted", StringComparison.Ordinal) =>
            throw new ConfigException(pointer, $"{Quote(encrypted)}: encrypted layers are not supported"),
        var other => throw new ConfigException(pointer, $"{Quote(other)} is not a layer that is known: tar, tar+gzip and tar+zstd are"),
    };

    private static void Check(Descriptor descriptor, string pointer)
    {
        if (string.IsNullOrEmpty(descriptor.MediaType))
        {
            throw Missing(pointer + "/mediaType");
        }

        DigestText(descriptor.Digest ?? throw Missing(pointer + "/digest"), pointer + "/digest");
        if ((descriptor.Size ?? throw Missing(pointer + "/size")) < 0)
        {
            throw new ConfigException(pointer + "/size", $"{descriptor.Size} is negative");
        }
    }

    private static void SchemaVersion(int? version)
    {
        switch (version)
        {
            case 2:
                return;
            case 1:
                throw new ConfigException("/schemaVersion", "1 is Docker's oldest format, which registries no longer take: push the image again with a newer tool");
            case null:
                throw Missing("/schemaVersion");
            default:
                throw new ConfigException("/schemaVersion", $"{version} is not known: 2 is");
        }
    }

    private static void DigestText(string text, string pointer)
    {
        if (ContentDigest.Problem(text) is { } problem)
        {
            throw new ConfigException(pointer, $"{Quote(text)} is not a digest: {problem}");
        }
    }

    private static ConfigException Missing(string pointer) => new(pointer, "missing: it is required");

    private static string Quote(string? value) => Findings.Quote(value);
}
