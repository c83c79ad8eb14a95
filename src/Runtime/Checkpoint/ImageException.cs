namespace Runtime.Checkpoint;

/// <summary>An image that a restore with this configuration must not have.</summary>
/// <param name="image">Its name.</param>
/// <param name="why">What is wrong with it; bytes of the image in it may be anything.</param>
internal sealed class ImageException(string image, string why)
    : ContainerException($"--image-path: {Printable(image)}: {Printable(why)}: nothing was restored")
{
    // SECURITY: a terminal would obey what the images say.
    private static string Printable(string text) => string.Concat(text.Select(static c => char.IsControl(c) ? '?' : c));
}
