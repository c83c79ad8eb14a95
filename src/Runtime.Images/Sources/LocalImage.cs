using Runtime.Images.Fetch;

namespace Runtime.Images.Sources;

/// <summary>An image of a file or directory, and the names that it has there.</summary>
/// <param name="Source">The image; it is its opener's to close.</param>
/// <param name="Names">Its names, as they stand there.</param>
public sealed record LocalImage(IImageSource Source, IReadOnlyList<string> Names);
