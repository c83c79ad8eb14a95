namespace OciSpec.Image;

/// <summary>How a container of an image runs unless its user says otherwise (image-spec config.md, config).</summary>
[OciDocument]
public sealed class ContainerDefaults
{
    /// <summary><c>User</c>: <c>USER[:GROUP]</c>, names or numbers.</summary>
    [JsonName("User")]
    public string? User { get; set; }

    /// <summary><c>ExposedPorts</c>: keys <c>PORT[/tcp|/udp]</c>; the values are empty objects.</summary>
    [JsonName("ExposedPorts")]
    public Dictionary<string, RawSection>? ExposedPorts { get; set; }

    /// <summary><c>Env</c>: <c>NAME=value</c> each.</summary>
    [JsonName("Env")]
    public List<string>? Env { get; set; }

    /// <summary><c>Entrypoint</c>: what is executed.</summary>
    [JsonName("Entrypoint")]
    public List<string>? Entrypoint { get; set; }

    /// <summary><c>Cmd</c>: arguments of the entry point, or the command where there is none.</summary>
    [JsonName("Cmd")]
    public List<string>? Cmd { get; set; }

    /// <summary><c>Volumes</c>: keys are paths that data is written to; the values are empty objects.</summary>
    [JsonName("Volumes")]
    public Dictionary<string, RawSection>? Volumes { get; set; }

    /// <summary><c>WorkingDir</c>: of the entry point.</summary>
    [JsonName("WorkingDir")]
    public string? WorkingDir { get; set; }

    /// <summary><c>Labels</c>: free text by key.</summary>
    [JsonName("Labels")]
    public Dictionary<string, string>? Labels { get; set; }

    /// <summary><c>StopSignal</c>: <c>SIGNAME</c> or a number.</summary>
    [JsonName("StopSignal")]
    public string? StopSignal { get; set; }

    /// <summary><c>ArgsEscaped</c>: Windows only.</summary>
    [JsonName("ArgsEscaped")]
    public bool? ArgsEscaped { get; set; }

    /// <summary><c>Healthcheck</c>: Docker's; how to find out whether it works.</summary>
    [JsonName("Healthcheck")]
    public Healthcheck? Healthcheck { get; set; }

    /// <summary><c>OnBuild</c>: Docker's; steps for who builds upon the image.</summary>
    [JsonName("OnBuild")]
    public List<string>? OnBuild { get; set; }

    /// <summary><c>Shell</c>: Docker's; the shell of commands that are text.</summary>
    [JsonName("Shell")]
    public List<string>? Shell { get; set; }
}
