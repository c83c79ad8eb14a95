namespace OciSpec.Image;

/// <summary>An image's layers, uncompressed (image-spec config.md, rootfs).</summary>
[OciDocument]
public sealed class RootFs
{
    /// <summary><c>type</c>, required: <c>layers</c>.</summary>
    public string? Type { get; set; }

    /// <summary><c>diff_ids</c>, required: digests of the layers' tar archives, from the lowest to the highest.</summary>
    [JsonName("diff_ids")]
    public List<string>? DiffIds { get; set; }
}
