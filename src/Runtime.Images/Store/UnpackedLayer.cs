using OciSpec.Image;

namespace Runtime.Images.Store;

/// <summary>A layer that is unpacked and proven, and has no name yet.</summary>
internal sealed class UnpackedLayer(ContentDigest digest, TemporaryDirectory directory) : IDisposable
{
    internal ContentDigest Digest => digest;

    internal TemporaryDirectory Directory => directory;

    /// <summary>Hard links to files of lower layers, which are not there yet.</summary>
    internal IReadOnlyList<(string Path, string Target)> MissingLinks { get; set; } = [];

    public void Dispose() => directory.Dispose();
}
