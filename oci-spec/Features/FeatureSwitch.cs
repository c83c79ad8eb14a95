namespace OciSpec;

/// <summary>A feature that is supported or not (features-linux.md).</summary>
[OciDocument]
public sealed class FeatureSwitch
{
    /// <summary><c>enabled</c>: the runtime supports it, whether or not the host does.</summary>
    public bool? Enabled { get; set; }
}
