namespace CctlImages.Registry;

/// <summary>A manifest or index as a registry sent it. Nothing of it is checked yet.</summary>
/// <param name="Bytes">Its bytes; a digest is over them.</param>
/// <param name="MediaType">What the registry says it is, without parameters; empty where it does not.</param>
/// <param name="DockerContentDigest">The digest that the registry says it has; null where it does not.</param>
internal sealed record FetchedManifest(byte[] Bytes, string MediaType, string? DockerContentDigest);
