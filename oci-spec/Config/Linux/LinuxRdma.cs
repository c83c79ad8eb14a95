namespace OciSpec;

/// <summary>Limits of one RDMA device (config-linux.md, RDMA); at least one of the two is given.</summary>
[OciDocument]
public sealed class LinuxRdma
{
    /// <summary><c>hcaHandles</c>: number of HCA handles.</summary>
    public uint? HcaHandles { get; set; }

    /// <summary><c>hcaObjects</c>: number of HCA objects.</summary>
    public uint? HcaObjects { get; set; }
}
