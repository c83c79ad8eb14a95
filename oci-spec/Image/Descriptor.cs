namespace OciSpec.Image;

/// <summary>Names a piece of content: what it is, its digest and its size (image-spec descriptor.md). Docker's manifests have the same form.</summary>
[OciDocument]
public sealed class Descriptor
{
    /// <summary><c>mediaType</c>, required: what the content is.</summary>
    public string? MediaType { get; set; }

    /// <summary><c>digest</c>, required: <c>ALGORITHM:HEX</c> of the content.</summary>
    public string? Digest { get; set; }

    /// <summary><c>size</c>, required: bytes of the content.</summary>
    public long? Size { get; set; }

    /// <summary><c>urls</c>: other places to fetch the content from.</summary>
    public List<string>? Urls { get; set; }

    /// <summary><c>annotations</c>: of the content, not of this descriptor.</summary>
    public Dictionary<string, string>? Annotations { get; set; }

    /// <summary><c>data</c>: the content itself, base64.</summary>
    public string? Data { get; set; }

    /// <summary><c>platform</c>: what the content runs on, in an index's manifests.</summary>
    public Platform? Platform { get; set; }

    /// <summary><c>artifactType</c>: type of an artifact that the descriptor names.</summary>
    public string? ArtifactType { get; set; }

    /// <summary>How a layer is compressed, by its media type.</summary>
    /// <exception cref="ConfigException">It is no layer that is known.</exception>
    public LayerCompression Compression => ImageChecks.Compression(this, "/mediaType");
}
