namespace OciSpec.Image;

/// <summary>What an image is and how it wants to be run (image-spec config.md). Its digest is the image's id.</summary>
[OciDocument]
public sealed class ImageConfig
{
    /// <summary><c>created</c>: RFC 3339 time.</summary>
    public string? Created { get; set; }

    /// <summary><c>author</c>: who made it.</summary>
    public string? Author { get; set; }

    /// <summary><c>architecture</c>, required: as <c>amd64</c>.</summary>
    public string? Architecture { get; set; }

    /// <summary><c>os</c>, required: as <c>linux</c>.</summary>
    public string? Os { get; set; }

    /// <summary><c>os.version</c>: version of the operating system.</summary>
    [JsonName("os.version")]
    public string? OsVersion { get; set; }

    /// <summary><c>os.features</c>: what the operating system must have.</summary>
    [JsonName("os.features")]
    public List<string>? OsFeatures { get; set; }

    /// <summary><c>variant</c>: of the processor.</summary>
    public string? Variant { get; set; }

    /// <summary><c>config</c>: defaults of a container of this image.</summary>
    public ContainerDefaults? Config { get; set; }

    /// <summary><c>rootfs</c>, required: the layers by the digests of their uncompressed content.</summary>
    public RootFs? Rootfs { get; set; }

    /// <summary><c>history</c>: how each layer came to be.</summary>
    public List<HistoryEntry>? History { get; set; }
}
