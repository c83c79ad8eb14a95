namespace OciSpec;

/// <summary>A device node in the container, mknod(2) (config-linux.md, devices).</summary>
[OciDocument]
public sealed class LinuxDevice
{
    /// <summary><c>type</c>, required: <c>c</c> and <c>u</c> (character), <c>b</c> (block) or <c>p</c> (fifo).</summary>
    public string? Type { get; set; }

    /// <summary><c>path</c>, required: absolute path in the container, of at least one component.</summary>
    public string? Path { get; set; }

    /// <summary><c>major</c>: device's major number; required unless the type is <c>p</c>.</summary>
    public long? Major { get; set; }

    /// <summary><c>minor</c>: device's minor number; required unless the type is <c>p</c>.</summary>
    public long? Minor { get; set; }

    /// <summary><c>fileMode</c>: permission bits, chmod(2); a decimal number in the file.</summary>
    public uint? FileMode { get; set; }

    /// <summary><c>uid</c>: owner in the container's user namespace.</summary>
    public uint? Uid { get; set; }

    /// <summary><c>gid</c>: group in the container's user namespace.</summary>
    public uint? Gid { get; set; }
}
