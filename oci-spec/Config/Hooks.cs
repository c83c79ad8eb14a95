namespace OciSpec;

/// <summary>Commands run at the stages of the container's life, each list in its order (config.md, POSIX-platform hooks).</summary>
[OciDocument]
public sealed class Hooks
{
    /// <summary><c>prestart</c> (deprecated): in the runtime's namespaces, after <see cref="CreateRuntime"/>'s stage begins, before pivot_root's.</summary>
    public List<Hook>? Prestart { get; set; }

    /// <summary><c>createRuntime</c>: in the runtime's namespaces, after the container's namespaces exist, before pivot_root.</summary>
    public List<Hook>? CreateRuntime { get; set; }

    /// <summary><c>createContainer</c>: in the container's namespaces, before pivot_root; the path is the host's.</summary>
    public List<Hook>? CreateContainer { get; set; }

    /// <summary><c>startContainer</c>: in the container, by <c>start</c>, just before the process is executed; the path is the container's.</summary>
    public List<Hook>? StartContainer { get; set; }

    /// <summary><c>poststart</c>: in the runtime's namespaces, after the process was executed; a failure is only logged.</summary>
    public List<Hook>? Poststart { get; set; }

    /// <summary><c>poststop</c>: in the runtime's namespaces, after the container was deleted; a failure is only logged.</summary>
    public List<Hook>? Poststop { get; set; }
}
