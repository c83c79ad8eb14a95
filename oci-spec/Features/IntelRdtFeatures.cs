namespace OciSpec;

/// <summary>Intel RDT support of the runtime (features-linux.md, Intel RDT).</summary>
[OciDocument]
public sealed class IntelRdtFeatures
{
    /// <summary><c>enabled</c>: <c>linux.intelRdt</c> is supported.</summary>
    public bool? Enabled { get; set; }

    /// <summary><c>schemata</c>: <c>linux.intelRdt.schemata</c> is supported.</summary>
    public bool? Schemata { get; set; }

    /// <summary><c>monitoring</c>: <c>linux.intelRdt.enableMonitoring</c> is supported.</summary>
    public bool? Monitoring { get; set; }
}
