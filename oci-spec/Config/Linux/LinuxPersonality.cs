namespace OciSpec;

/// <summary>Execution domain, personality(2) (config-linux.md, personality).</summary>
[OciDocument]
public sealed class LinuxPersonality
{
    /// <summary><c>domain</c>, required: <c>LINUX</c> or <c>LINUX32</c>.</summary>
    public string? Domain { get; set; }

    /// <summary><c>flags</c>: none is defined yet.</summary>
    public List<string>? Flags { get; set; }
}
