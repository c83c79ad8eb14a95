namespace OciSpec;

/// <summary>One hook: a command that gets the container's state on standard input (config.md, POSIX-platform hooks).</summary>
[OciDocument]
public sealed class Hook
{
    /// <summary><c>path</c>, required: absolute path of the executable.</summary>
    public string? Path { get; set; }

    /// <summary><c>args</c>: argument vector with argv[0]; absent means the path alone.</summary>
    public List<string>? Args { get; set; }

    /// <summary><c>env</c>: the hook's whole environment, <c>NAME=value</c> each.</summary>
    public List<string>? Env { get; set; }

    /// <summary><c>timeout</c>: seconds until the hook is aborted, more than 0; absent means no limit.</summary>
    public int? Timeout { get; set; }
}
