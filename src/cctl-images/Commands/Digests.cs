using System.Security.Cryptography;
using OciSpec.Image;

namespace CctlImages.Commands;

/// <summary>Digests of what is in memory.</summary>
internal static class Digests
{
    /// <summary>By one of the registered algorithms.</summary>
    internal static ContentDigest Of(ReadOnlySpan<byte> bytes, string algorithm = "sha256") =>
        ContentDigest.Of(algorithm == "sha512" ? SHA512.HashData(bytes) : SHA256.HashData(bytes));
}
