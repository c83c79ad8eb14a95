using Runtime.Images.References;
using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary>An image that is written somewhere, and a name that it has there.</summary>
/// <param name="Image">The image.</param>
/// <param name="Name">As docker has it; null for none.</param>
/// <param name="FullName">With its host, as containerd has it; null for none.</param>
/// <param name="ReferenceName">As an image layout has it; null for none.</param>
internal sealed record ExportedImage(StoredImage Image, string? Name, string? FullName, string? ReferenceName)
{
    /// <summary>An image with the name that it has here.</summary>
    internal static ExportedImage Of(StoredImage image, ImageReference? name) => new(image, name?.Familiar, name?.ToString(), name?.ToString() is { } full ? full[(full.LastIndexOf(':') + 1)..] : null);

    /// <summary>An image of which nothing but a layout's name is said.</summary>
    internal static ExportedImage Named(StoredImage image, string name) => new(image, null, null, name);
}
