namespace OciSpec.Image;

/// <summary>The file <c>oci-layout</c> of an image layout (image-spec image-layout.md).</summary>
[OciDocument]
public sealed class ImageLayout
{
    /// <summary><c>imageLayoutVersion</c>, required: 1.0.0.</summary>
    public string? ImageLayoutVersion { get; set; }
}
