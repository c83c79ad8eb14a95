namespace OciSpec.Image;

/// <summary>A repository's tags (distribution-spec, listing tags).</summary>
[OciDocument]
public sealed class TagList
{
    /// <summary><c>name</c>, required: the repository.</summary>
    public string? Name { get; set; }

    /// <summary><c>tags</c>, required: its tags.</summary>
    public List<string>? Tags { get; set; }
}
