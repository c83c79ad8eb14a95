using System.CommandLine;
using Cctl.Cli;
using Runtime.Images;
using Runtime.Images.Store;
using Runtime.Linux;

namespace Cctl.Commands.Images;

/// <summary>What commands on images have in common.</summary>
internal static class ImageArguments
{
    /// <summary>Whether a registry may be spoken to in plain HTTP.</summary>
    internal static Option<bool> Insecure() => Globals.Flag("--insecure", "the registry may be one of plain HTTP, or of a certificate that is not known");

    /// <summary>An image, by name or id.</summary>
    internal static Argument<string> Image() => new("IMAGE") { Description = "name, name@digest or id of an image", Arity = ArgumentArity.ExactlyOne };

    /// <summary>One or several images.</summary>
    internal static Argument<string[]> Images() => new("IMAGE") { Description = "names or ids of images", Arity = ArgumentArity.OneOrMore };

    /// <summary>The absolute path of the store.</summary>
    internal static string PathOf(string? option) =>
        option is null ? ImageStore.DefaultPath(Sys.GetEuid() == 0)
        : option.Length > 0 ? Path.GetFullPath(option)
        : throw new ImageException("--store: empty path");

    /// <summary>Opens the store to read it; null where there is none yet.</summary>
    internal static ImageStore? TryOpen(string? option) => ImageStore.TryOpen(PathOf(option));

    /// <summary>Opens the store to read it.</summary>
    /// <exception cref="ImageException">There is none yet.</exception>
    internal static ImageStore Open(string? option) =>
        TryOpen(option) ?? throw new ImageException($"there are no images here yet ({PathOf(option)}): cctl pull fetches them");
}
