namespace OciSpec;

/// <summary>A namespace to create or join (config-linux.md, namespaces).</summary>
[OciDocument]
public sealed class LinuxNamespace
{
    /// <summary><c>type</c>, required: <c>pid</c>, <c>network</c>, <c>mount</c>, <c>ipc</c>, <c>uts</c>, <c>user</c>, <c>cgroup</c> or <c>time</c>.</summary>
    public string? Type { get; set; }

    /// <summary><c>path</c>: absolute path of a namespace of that type to join; absent or empty means a new one.</summary>
    public string? Path { get; set; }
}
