using OciSpec.Image;
using Runtime.Images.References;

namespace Runtime.Images.Store;

/// <summary>What a name stands for: the image's manifest, and the index that it was chosen from where there was one.</summary>
/// <param name="Name">The name.</param>
/// <param name="Manifest">The manifest's digest, by which the store has the image.</param>
/// <param name="Index">The digest by which the registry has the name; the manifest's own where there was no index.</param>
public sealed record StoredReference(ImageReference Name, ContentDigest Manifest, ContentDigest Index);
