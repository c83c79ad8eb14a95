using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.Fetch;

namespace CctlImages.Progress;

/// <summary>A line for each thing that happens to a layer, on standard error: for logs and pipes.</summary>
internal sealed class LineProgress : IProgressView
{
    private readonly Dictionary<ContentDigest, long> _sizes = [];

    public void Layers(IReadOnlyList<(ContentDigest Blob, long Bytes)> layers)
    {
        foreach ((ContentDigest blob, long bytes) in layers)
        {
            _sizes[blob] = bytes;
        }
    }

    public void Fetched(ContentDigest blob, long bytes)
    {
    }

    public void Became(ContentDigest blob, LayerState state)
    {
        string? text = state switch
        {
            LayerState.Waiting => "waiting for another pull of it",
            LayerState.Fetching => $"fetching {DecimalSize.Of(_sizes[blob])}",
            LayerState.Done => "done",
            LayerState.AlreadyThere => "already there",
            _ => null,
        };
        if (text is not null)
        {
            Console.Error.WriteLine($"{blob.Short}: {text}");
        }
    }

    public void Warn(string message) => Console.Error.WriteLine("cctl: warning: " + message);

    public void Dispose()
    {
    }
}
