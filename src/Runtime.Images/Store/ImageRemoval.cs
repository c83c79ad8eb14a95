using OciSpec.Image;
using Runtime.Images.References;

namespace Runtime.Images.Store;

/// <summary>Takes images and what only they used out of the store.</summary>
/// <param name="store">The store.</param>
public sealed class ImageRemoval(ImageStore store)
{
    /// <summary>Takes a name away, and the image with its last name. What was done, in docker's words.</summary>
    /// <param name="text">A name, or the beginning of an id.</param>
    /// <param name="force">Takes all names of an image that is named by its id.</param>
    /// <exception cref="ImageException">There is none, or it has several names and is named by its id.</exception>
    public List<string> Remove(string text, bool force)
    {
        var done = new List<string>();
        StoredImage image = new ImageLookup(store).Get(text, out ImageReference? name);
        List<StoredReference> names = store.References.All().FindAll(r => r.Manifest == image.Digest);
        if (name is not null)
        {
            names = names.FindAll(r => r.Name == name || (name.Digest is not null && r.Name.Name == name.Name && (r.Index == name.Digest || r.Manifest == name.Digest)));
        }
        else if (names.Count > 1 && !force)
        {
            throw new ImageException($"{text}: the image has several names ({string.Join(", ", names.Select(n => n.Name.Familiar))}): remove them one by one, or all with --force");
        }

        if (!force && names.Count == store.References.All().Count(r => r.Manifest == image.Digest) && UserOf(image) is { } user)
        {
            throw new ImageException($"{text}: the container {user.Name} stands on the image: remove that first (cctl rm {user.Name}), or take the name away with --force: what the container needs stays");
        }

        foreach (StoredReference reference in names)
        {
            if (store.References.Remove(reference.Name))
            {
                done.Add("Untagged: " + reference.Name.Familiar);
            }
        }

        if (store.Images.RemoveUnnamed(image.Digest))
        {
            done.Add("Deleted: " + image.Id);
            done.AddRange(RemoveUnusedLayers(kept: false).Select(d => "Deleted: " + d));
        }

        return done;
    }

    /// <summary>Takes away the images that have no name, or those that nothing uses.</summary>
    /// <param name="all">Also those with a name.</param>
    /// <returns>Ids of those removed.</returns>
    public List<ContentDigest> Prune(bool all)
    {
        var removed = new List<ContentDigest>();
        HashSet<ContentDigest> named = [.. store.References.All().Select(r => r.Manifest)];
        foreach (ContentDigest digest in store.Images.All())
        {
            StoredImage? image = store.Images.Find(digest);
            if ((named.Contains(digest) && !all) || (image is not null && UserOf(image) is not null))
            {
                continue;
            }

            foreach (StoredReference reference in store.References.All().FindAll(r => r.Manifest == digest))
            {
                store.References.Remove(reference.Name);
            }

            if (store.Images.RemoveUnnamed(digest) && image is not null)
            {
                removed.Add(image.Id);
            }
        }

        RemoveUnusedLayers(kept: true);
        return removed;
    }

    private List<ContentDigest> RemoveUnusedLayers(bool kept) => store.Layers.RemoveUnused(UsedLayers, kept);

    private StoredContainer? UserOf(StoredImage image) => store.Containers.All().FirstOrDefault(c => c.Manifest == image.Digest);

    private HashSet<ContentDigest> UsedLayers() => [.. store.Images.Read().SelectMany(i => i.DiffIds), .. store.Containers.All().SelectMany(c => c.Layers)];
}
