using System.Runtime.InteropServices;
using OciSpec.Image;
using Runtime.Linux;

namespace Runtime.Images.Fetch;

/// <summary>Which of an index's manifests is for a machine (image-spec image-index.md).</summary>
/// <param name="Architecture">GOARCH's name.</param>
/// <param name="Variant">Of the processor; null for any, or the architecture's usual one.</param>
public sealed record PlatformChoice(string Architecture, string? Variant)
{
    private const string Linux = "linux";

    /// <summary>This machine's.</summary>
    public static PlatformChoice Host => new(RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    }, null);

    /// <summary>Reads <c>[linux/]ARCHITECTURE[/VARIANT]</c>.</summary>
    /// <exception cref="ImageException">It is something else.</exception>
    public static PlatformChoice Parse(string text)
    {
        string[] parts = text.Split('/');
        if (parts.Any(p => p.Length == 0) || parts.Length > 3 || (parts.Length == 3 && parts[0] != Linux))
        {
            throw new ImageException($"\"{text}\" is not a platform: write linux/ARCHITECTURE or linux/ARCHITECTURE/VARIANT, as linux/arm64 or linux/arm/v7");
        }

        if (parts is ["windows" or "darwin" or "freebsd" or "wasi" or "js", ..])
        {
            throw new ImageException($"{text}: images of {parts[0]} do not run on linux");
        }

        string[] rest = parts[0] == Linux ? parts[1..] : parts;
        return rest.Length is 1 or 2
            ? new PlatformChoice(Usual(rest[0]), rest.Length == 2 ? rest[1] : null)
            : throw new ImageException($"\"{text}\" is not a platform: the architecture is missing, as in linux/amd64");
    }

    /// <summary>The manifest for this platform: the first that fits exactly, or else the first that fits.</summary>
    /// <exception cref="ImageException">None fits; the message has those that exist.</exception>
    public Descriptor Choose(ImageIndex index, string shown)
    {
        Descriptor? usable = null;
        foreach (Descriptor manifest in index.Manifests!)
        {
            if (!MediaTypes.IsManifest(manifest.MediaType) && !MediaTypes.IsIndex(manifest.MediaType))
            {
                continue;
            }

            if (manifest.Platform is not { } platform)
            {
                usable ??= index.Manifests.Count == 1 ? manifest : null; // As image layouts of one image have it.
            }
            else if (platform.Os == Linux && platform.Architecture == Architecture)
            {
                if (platform.Variant == Variant || (Variant ?? UsualVariant) == (platform.Variant ?? UsualVariant))
                {
                    return manifest;
                }

                usable ??= Variant is null && platform.Variant != "v3" ? manifest : null;
            }
        }

        return usable ?? throw new ImageException($"{shown}: there is no image for {this}: it has {Existing(index)}");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Linux}/{Architecture}{(Variant is null ? "" : "/" + Variant)}";

    private string? UsualVariant => Architecture == "arm64" ? "v8" : null;

    private static string Usual(string architecture) => architecture switch
    {
        "x86_64" or "x86-64" => "amd64",
        "aarch64" => "arm64",
        _ => architecture,
    };

    private static string Existing(ImageIndex index)
    {
        string[] names = [.. index.Manifests!
            .Where(m => m.Platform is { Os: not (null or "unknown") })
            .Select(m => string.Join('/', new[] { m.Platform!.Os, m.Platform.Architecture, m.Platform.Variant }.Where(p => !string.IsNullOrEmpty(p))))
            .Distinct()];
        return names.Length == 0 ? "none that names its platform" : SafeText.Of(string.Join(", ", names));
    }
}
