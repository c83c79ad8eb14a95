using OciSpec.Image;
using Runtime.Images.References;

namespace Runtime.Images.Store;

/// <summary>Finds what a person calls an image: a name, a name with a digest, or the beginning of an id.</summary>
/// <param name="store">The store.</param>
public sealed class ImageLookup(ImageStore store)
{
    private const int ShortestPrefix = 4;

    /// <summary>The image.</summary>
    /// <param name="text">What the person typed.</param>
    /// <param name="name">The name, where that is how it was found.</param>
    /// <exception cref="ImageException">There is none, or several fit.</exception>
    public StoredImage Get(string text, out ImageReference? name) =>
        TryGet(text, out name) ?? throw new ImageException($"{text}: no such image here: cctl pull {text} fetches it, cctl images shows what there is");

    /// <summary>The image; null where there is none.</summary>
    /// <exception cref="ImageException">It is no image's name or id, or several fit.</exception>
    public StoredImage? TryGet(string text, out ImageReference? name)
    {
        name = null;
        bool isId = ContentDigest.Problem(text) is null;
        if (!isId)
        {
            ImageException? invalid = null;
            try
            {
                var parsed = ImageReference.Parse(text);
                if (Find(parsed) is { } found)
                {
                    name = parsed;
                    return found;
                }
            }
            catch (ImageException e)
            {
                invalid = e;
            }

            if (!IsPrefix(text))
            {
                return invalid is null ? null : throw invalid;
            }
        }

        return ById(isId ? text[7..] : text);
    }

    private StoredImage? Find(ImageReference name)
    {
        if (store.References.Find(name) is { } reference)
        {
            return store.Images.Find(reference.Manifest);
        }

        if (name.Digest is not { } digest)
        {
            return null;
        }

        // By the manifest's digest, or by that of the index that it came from.
        StoredReference? known = store.References.All().Find(r => r.Name.Name == name.Name && (r.Index == digest || r.Manifest == digest));
        return known is null ? null : store.Images.Find(known.Manifest);
    }

    private StoredImage? ById(string prefix)
    {
        List<StoredImage> found = [.. store.Images.Read()
            .Where(i => i.Id.Hex.StartsWith(prefix, StringComparison.Ordinal) || i.Digest.Hex.StartsWith(prefix, StringComparison.Ordinal))];
        return found.DistinctBy(i => i.Id).Count() <= 1
            ? found.FirstOrDefault()
            : throw new ImageException($"{prefix}: {found.Count} images begin so: {string.Join(", ", found.Select(i => i.Id.Short))}");
    }

    private static bool IsPrefix(string text) => text.Length is >= ShortestPrefix and <= 64 && text.All(char.IsAsciiHexDigitLower);
}
