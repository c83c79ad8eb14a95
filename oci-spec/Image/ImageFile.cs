namespace OciSpec.Image;

/// <summary>
/// Reads and writes the image specification's documents, and Docker's of the same form. Reading checks the form and what
/// <see cref="ImageChecks"/> holds. Nothing here opens a file. Errors are <see cref="ConfigException"/> with a JSON pointer.
/// </summary>
public static class ImageFile
{
    /// <summary>Largest manifest or index that is read, bytes; registries refuse larger ones (distribution-spec, pushing manifests).</summary>
    public const int MaxManifestBytes = 4 << 20;

    /// <summary>Reads an index or manifest list.</summary>
    /// <exception cref="ConfigException">Malformed, or a value is not allowed.</exception>
    public static ImageIndex ParseIndex(ReadOnlySpan<byte> utf8) => ImageChecks.Check(JsonInput.Parse(utf8, JsonDocuments.ReadImageIndex));

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="ConfigException">Malformed, or a value is not allowed.</exception>
    public static ImageManifest ParseManifest(ReadOnlySpan<byte> utf8) => ImageChecks.Check(JsonInput.Parse(utf8, JsonDocuments.ReadImageManifest));

    /// <summary>Reads an image's config.</summary>
    /// <exception cref="ConfigException">Malformed, or a value is not allowed.</exception>
    public static ImageConfig ParseConfig(ReadOnlySpan<byte> utf8) => ImageChecks.Check(JsonInput.Parse(utf8, JsonDocuments.ReadImageConfig));

    /// <summary>Reads the file <c>oci-layout</c>.</summary>
    /// <exception cref="ConfigException">Malformed, or of a version that is not known.</exception>
    public static ImageLayout ParseLayout(ReadOnlySpan<byte> utf8) => ImageChecks.Check(JsonInput.Parse(utf8, JsonDocuments.ReadImageLayout));

    /// <summary>Reads <c>manifest.json</c> of an archive of docker's.</summary>
    /// <exception cref="ConfigException">Malformed, or a value is missing.</exception>
    public static List<DockerArchiveEntry> ParseDockerArchive(ReadOnlySpan<byte> utf8) => ImageChecks.Check(JsonInput.Parse(utf8, JsonDocuments.ReadDockerArchiveEntryList));

    /// <summary>Reads a registry's report of a failure.</summary>
    /// <exception cref="ConfigException">Malformed.</exception>
    public static RegistryErrors ParseErrors(ReadOnlySpan<byte> utf8) => JsonInput.Parse(utf8, JsonDocuments.ReadRegistryErrors);

    /// <summary>Reads a list of tags.</summary>
    /// <exception cref="ConfigException">Malformed.</exception>
    public static TagList ParseTags(ReadOnlySpan<byte> utf8) => JsonInput.Parse(utf8, JsonDocuments.ReadTagList);

    /// <summary>Writes an index as UTF-8, on one line.</summary>
    public static byte[] Write(ImageIndex value) => JsonOutput.Write(value, JsonDocuments.WriteImageIndex);

    /// <summary>Writes a manifest as UTF-8, on one line.</summary>
    public static byte[] Write(ImageManifest value) => JsonOutput.Write(value, JsonDocuments.WriteImageManifest);

    /// <summary>Writes a config as UTF-8, on one line.</summary>
    public static byte[] Write(ImageConfig value) => JsonOutput.Write(value, JsonDocuments.WriteImageConfig);

    /// <summary>Writes the file <c>oci-layout</c>.</summary>
    public static byte[] Write(ImageLayout value) => JsonOutput.Write(value, JsonDocuments.WriteImageLayout);

    /// <summary>Writes <c>manifest.json</c> of an archive of docker's.</summary>
    public static byte[] Write(List<DockerArchiveEntry> value) => JsonOutput.Write(value, JsonDocuments.WriteDockerArchiveEntryList);
}
