using System.Security.Cryptography;
using OciSpec.Image;

namespace Runtime.Images.Layers;

/// <summary>Passes on what it reads, and knows how much that was and its digest.</summary>
/// <param name="inner">The content; it stays the caller's.</param>
/// <param name="algorithm"><c>sha256</c> or <c>sha512</c>.</param>
public sealed class HashingStream(Stream inner, string algorithm) : ForwardStream
{
    private readonly IncrementalHash _hash = Digests.Start(algorithm);

    /// <summary>Bytes so far.</summary>
    public long Count { get; private set; }

    /// <summary>The digest of all that was read.</summary>
    public ContentDigest Digest => ContentDigest.Of(_hash.GetCurrentHash());

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int length = inner.Read(buffer);
        _hash.AppendData(buffer[..length]);
        Count += length;
        return length;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }
}
