namespace OciSpec.Image;

/// <summary>One step of an image's making (image-spec config.md, history).</summary>
[OciDocument]
public sealed class HistoryEntry
{
    /// <summary><c>created</c>: RFC 3339 time.</summary>
    public string? Created { get; set; }

    /// <summary><c>author</c>: who made it.</summary>
    public string? Author { get; set; }

    /// <summary><c>created_by</c>: the command.</summary>
    [JsonName("created_by")]
    public string? CreatedBy { get; set; }

    /// <summary><c>comment</c>: free text.</summary>
    public string? Comment { get; set; }

    /// <summary><c>empty_layer</c>: the step made no layer.</summary>
    [JsonName("empty_layer")]
    public bool? EmptyLayer { get; set; }
}
