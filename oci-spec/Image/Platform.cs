namespace OciSpec.Image;

/// <summary>The machine that an image runs on (image-spec image-index.md). Values are GOARCH's and GOOS's.</summary>
[OciDocument]
public sealed class Platform
{
    /// <summary><c>architecture</c>, required: as <c>amd64</c> or <c>arm64</c>.</summary>
    public string? Architecture { get; set; }

    /// <summary><c>os</c>, required: as <c>linux</c>.</summary>
    public string? Os { get; set; }

    /// <summary><c>os.version</c>: version of the operating system; Windows has a use for it.</summary>
    [JsonName("os.version")]
    public string? OsVersion { get; set; }

    /// <summary><c>os.features</c>: what the operating system must have; Windows has a use for it.</summary>
    [JsonName("os.features")]
    public List<string>? OsFeatures { get; set; }

    /// <summary><c>variant</c>: of the processor, as <c>v7</c> or <c>v8</c>.</summary>
    public string? Variant { get; set; }
}
