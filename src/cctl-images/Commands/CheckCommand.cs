using OciSpec.Image;
using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary><c>system check</c>: proves every layer, and takes damaged ones away so that they are fetched again.</summary>
internal static class CheckCommand
{
    internal static int Run(Request request)
    {
        using ImageStore store = Stores.Open(request);
        var proof = new LayerProof(store);
        int damaged = 0;
        List<ContentDigest> all = store.Layers.All();
        foreach (ContentDigest digest in all)
        {
            using HeldLayer? layer = store.Layers.TryHold(digest);
            if (layer is null || proof.Problem(layer) is not { } problem)
            {
                continue;
            }

            damaged++;
            string images = string.Join(", ", ImagesOf(store, digest));
            Console.Error.WriteLine($"cctl: layer {digest.Short} of {images} is damaged: {problem}");
            if (request.Has("repair"))
            {
                Repair(store, digest);
            }
        }

        if (damaged > 0 && !request.Has("repair"))
        {
            Console.Error.WriteLine("cctl: cctl system check --repair takes damaged layers away, with the images that have them; pull or load these again");
        }

        Console.Out.WriteLine($"{all.Count} layers, {damaged} damaged");
        return damaged > 0 && !request.Has("repair") ? 1 : 0;
    }

    private static IEnumerable<string> ImagesOf(ImageStore store, ContentDigest layer)
    {
        List<StoredReference> names = store.References.All();
        return store.Images.Read().Where(i => i.DiffIds.Contains(layer))
            .Select(i => names.Find(n => n.Manifest == i.Digest)?.Name.Familiar ?? i.Id.Short).DefaultIfEmpty("no image");
    }

    // Their names stay, so that a pull knows them; without its record an image is fetched again.
    private static void Repair(ImageStore store, ContentDigest layer)
    {
        foreach (StoredImage image in store.Images.Read().Where(i => i.DiffIds.Contains(layer)))
        {
            store.Images.RemoveDamaged(image.Digest);
        }

        store.Layers.RemoveDamaged(layer);
    }
}
