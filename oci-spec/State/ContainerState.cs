namespace OciSpec;

/// <summary>A container's state, as hooks and seccomp agents get it (runtime.md, state).</summary>
[OciDocument]
public sealed class ContainerState
{
    /// <summary><c>ociVersion</c>, required: version of the specification that the state follows.</summary>
    public string? OciVersion { get; set; }

    /// <summary><c>id</c>, required: the container's id, unique on the host.</summary>
    public string? Id { get; set; }

    /// <summary><c>status</c>, required: <c>creating</c>, <c>created</c>, <c>running</c>, <c>stopped</c>, or a runtime's own such as <c>paused</c>.</summary>
    public string? Status { get; set; }

    /// <summary><c>pid</c>: the container's first process as the runtime sees it; required when created or running on Linux.</summary>
    public int? Pid { get; set; }

    /// <summary><c>bundle</c>, required: absolute path of the bundle.</summary>
    public string? Bundle { get; set; }

    /// <summary><c>annotations</c>: those of the config; absent when there are none.</summary>
    public Dictionary<string, string>? Annotations { get; set; }
}
