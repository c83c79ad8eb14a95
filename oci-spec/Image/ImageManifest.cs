namespace OciSpec.Image;

/// <summary>An image's config and layers (image-spec manifest.md), or Docker's manifest, schema 2.</summary>
[OciDocument]
public sealed class ImageManifest
{
    /// <summary><c>schemaVersion</c>, required: 2.</summary>
    public int? SchemaVersion { get; set; }

    /// <summary><c>mediaType</c>: this document's; Docker requires it.</summary>
    public string? MediaType { get; set; }

    /// <summary><c>artifactType</c>: type of an artifact; such a manifest is no image.</summary>
    public string? ArtifactType { get; set; }

    /// <summary><c>config</c>, required: the image's <see cref="ImageConfig"/>.</summary>
    public Descriptor? Config { get; set; }

    /// <summary><c>layers</c>, required: from the lowest to the highest.</summary>
    public List<Descriptor>? Layers { get; set; }

    /// <summary><c>subject</c>: the manifest that this one is about.</summary>
    public Descriptor? Subject { get; set; }

    /// <summary><c>annotations</c>: free text by key.</summary>
    public Dictionary<string, string>? Annotations { get; set; }
}
