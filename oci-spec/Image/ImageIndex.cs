namespace OciSpec.Image;

/// <summary>Manifests of one image for several platforms (image-spec image-index.md), or Docker's manifest list.</summary>
[OciDocument]
public sealed class ImageIndex
{
    /// <summary><c>schemaVersion</c>, required: 2.</summary>
    public int? SchemaVersion { get; set; }

    /// <summary><c>mediaType</c>: this document's; Docker requires it.</summary>
    public string? MediaType { get; set; }

    /// <summary><c>artifactType</c>: type of an artifact.</summary>
    public string? ArtifactType { get; set; }

    /// <summary><c>manifests</c>, required: of each platform, or further indexes.</summary>
    public List<Descriptor>? Manifests { get; set; }

    /// <summary><c>subject</c>: the manifest that this document is about.</summary>
    public Descriptor? Subject { get; set; }

    /// <summary><c>annotations</c>: free text by key.</summary>
    public Dictionary<string, string>? Annotations { get; set; }
}
