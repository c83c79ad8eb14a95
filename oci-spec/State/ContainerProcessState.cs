namespace OciSpec;

/// <summary>What a seccomp agent gets with the notification fd, one per connection (config-linux.md, the container process state).</summary>
[OciDocument]
public sealed class ContainerProcessState
{
    /// <summary>Name in <see cref="Fds"/> of the seccomp notification fd.</summary>
    public const string SeccompFdName = "seccompFd";

    /// <summary><c>ociVersion</c>, required: version of the specification that the document follows.</summary>
    public string? OciVersion { get; set; }

    /// <summary><c>fds</c>: names of the fds passed with SCM_RIGHTS, index for index.</summary>
    public List<string>? Fds { get; set; }

    /// <summary><c>pid</c>, required: the process that the filter was loaded for, as the runtime sees it.</summary>
    public int? Pid { get; set; }

    /// <summary><c>metadata</c>: the config's <c>listenerMetadata</c>.</summary>
    public string? Metadata { get; set; }

    /// <summary><c>state</c>, required: the container's state.</summary>
    public ContainerState? State { get; set; }
}
