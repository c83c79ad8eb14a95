namespace OciSpec.Image;

/// <summary>One image of the list <c>manifest.json</c> in what <c>docker save</c> writes.</summary>
[OciDocument]
public sealed class DockerArchiveEntry
{
    /// <summary><c>Config</c>, required: the member that holds the <see cref="ImageConfig"/>.</summary>
    [JsonName("Config")]
    public string? Config { get; set; }

    /// <summary><c>RepoTags</c>: names of the image, <c>NAME:TAG</c>.</summary>
    [JsonName("RepoTags")]
    public List<string>? RepoTags { get; set; }

    /// <summary><c>Layers</c>, required: the members that hold the layers, from the lowest to the highest.</summary>
    [JsonName("Layers")]
    public List<string>? Layers { get; set; }
}
