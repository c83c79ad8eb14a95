namespace OciSpec.Image;

/// <summary>How a layer's tar archive is compressed.</summary>
public enum LayerCompression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>gzip, RFC 1952.</summary>
    Gzip,

    /// <summary>zstd, RFC 8478.</summary>
    Zstd,
}
