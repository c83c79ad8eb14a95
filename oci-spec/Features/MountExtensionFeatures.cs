namespace OciSpec;

/// <summary>Kinds of mount beyond mount(2) (features-linux.md, mount extensions).</summary>
[OciDocument]
public sealed class MountExtensionFeatures
{
    /// <summary><c>idmap</c>: idmapped mounts, mount_setattr(2).</summary>
    public FeatureSwitch? Idmap { get; set; }
}
