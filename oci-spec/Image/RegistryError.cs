namespace OciSpec.Image;

/// <summary>One failure that a registry reports (distribution-spec, error codes).</summary>
[OciDocument]
public sealed class RegistryError
{
    /// <summary><c>code</c>, required: as <c>MANIFEST_UNKNOWN</c>.</summary>
    public string? Code { get; set; }

    /// <summary><c>message</c>: for a person.</summary>
    public string? Message { get; set; }

    /// <summary><c>detail</c>: anything.</summary>
    public RawSection? Detail { get; set; }
}
