using System.Security.Cryptography;
using OciSpec.Image;

namespace Runtime.Images;

/// <summary>Digests by the registered algorithms (image-spec descriptor.md): <c>sha256</c> and <c>sha512</c>.</summary>
public static class Digests
{
    /// <summary>A digest of what comes piece by piece; the caller owns it.</summary>
    public static IncrementalHash Start(string algorithm) => IncrementalHash.CreateHash(algorithm == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);

    /// <summary>The digest of what is in memory.</summary>
    public static ContentDigest Of(ReadOnlySpan<byte> bytes, string algorithm = "sha256") =>
        ContentDigest.Of(algorithm == "sha512" ? SHA512.HashData(bytes) : SHA256.HashData(bytes));

    /// <summary>The digest of a stream, read to its end.</summary>
    public static ContentDigest Of(Stream content, string algorithm = "sha256") =>
        ContentDigest.Of(algorithm == "sha512" ? SHA512.HashData(content) : SHA256.HashData(content));
}
