namespace OciSpec;

/// <summary>A rule of the device filter (config-linux.md, allowed device list).</summary>
[OciDocument]
public sealed class LinuxDeviceCgroup
{
    /// <summary><c>allow</c>, required: allow or deny.</summary>
    public bool? Allow { get; set; }

    /// <summary><c>type</c>: <c>a</c> (all), <c>c</c> (character) or <c>b</c> (block); absent means all.</summary>
    public string? Type { get; set; }

    /// <summary><c>major</c>: device's major number; absent or -1 means all.</summary>
    public long? Major { get; set; }

    /// <summary><c>minor</c>: device's minor number; absent or -1 means all.</summary>
    public long? Minor { get; set; }

    /// <summary><c>access</c>: letters of <c>r</c> (read), <c>w</c> (write), <c>m</c> (mknod); absent means all.</summary>
    public string? Access { get; set; }
}
