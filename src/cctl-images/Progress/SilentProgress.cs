using OciSpec.Image;
using Runtime.Images.Fetch;

namespace CctlImages.Progress;

/// <summary>Shows warnings only.</summary>
internal sealed class SilentProgress : IProgressView
{
    public void Layers(IReadOnlyList<(ContentDigest Blob, long Bytes)> layers)
    {
    }

    public void Fetched(ContentDigest blob, long bytes)
    {
    }

    public void Became(ContentDigest blob, LayerState state)
    {
    }

    public void Warn(string message) => Console.Error.WriteLine("cctl: warning: " + message);

    public void Dispose()
    {
    }
}
