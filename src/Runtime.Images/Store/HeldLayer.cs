using OciSpec.Image;
using Runtime.Linux;

namespace Runtime.Images.Store;

/// <summary>A layer that is there and cannot be removed as long as this is held: a shared lock on its directory.</summary>
/// <param name="digest">Its diffID.</param>
/// <param name="directory">Its directory, open and locked.</param>
public sealed class HeldLayer(ContentDigest digest, Fd directory) : IDisposable
{
    /// <summary>Its diffID.</summary>
    public ContentDigest Digest => digest;

    /// <summary>Its directory.</summary>
    public Fd Directory => directory;

    /// <inheritdoc/>
    public void Dispose() => directory.Dispose();
}
