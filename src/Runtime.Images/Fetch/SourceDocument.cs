namespace Runtime.Images.Fetch;

/// <summary>An index or a manifest as its source has it.</summary>
/// <param name="Bytes">The document.</param>
/// <param name="MediaType">What the source says it is; empty where it says nothing.</param>
public sealed record SourceDocument(byte[] Bytes, string MediaType);
