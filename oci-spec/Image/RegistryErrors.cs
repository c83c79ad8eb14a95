namespace OciSpec.Image;

/// <summary>What a registry answers with a failure (distribution-spec, error codes).</summary>
[OciDocument]
public sealed class RegistryErrors
{
    /// <summary><c>errors</c>: each of them.</summary>
    public List<RegistryError>? Errors { get; set; }
}
