namespace OciSpec;

/// <summary>A range of user or group ids, user_namespaces(7) (config-linux.md, user namespace mappings).</summary>
[OciDocument]
public sealed class IdMapping
{
    /// <summary><c>containerID</c>, required: first id in the container (of a mount: in the file system).</summary>
    public uint? ContainerID { get; set; }

    /// <summary><c>hostID</c>, required: first id on the host.</summary>
    public uint? HostID { get; set; }

    /// <summary><c>size</c>, required: number of ids.</summary>
    public uint? Size { get; set; }
}
