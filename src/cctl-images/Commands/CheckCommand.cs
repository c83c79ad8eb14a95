using OciSpec.Image;
using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary><c>system check</c>: proves every layer, and has damaged ones replaced.</summary>
internal static class CheckCommand
{
    internal static int Run(Request request)
    {
        using ImageStore store = Stores.Open(request);
        var proof = new LayerProof(store);
        List<ContentDigest> all = store.Layers.All();
        var damaged = new List<ContentDigest>();
        foreach (ContentDigest digest in all)
        {
            using HeldLayer? layer = store.Layers.TryHold(digest);
            if (layer is null || proof.Problem(layer) is not { } problem)
            {
                continue;
            }

            damaged.Add(digest);
            string images = string.Join(", ", LayerRepair.ImagesOf(store, digest).Select(i => LayerRepair.Shown(store, i)).DefaultIfEmpty("no image"));
            Console.Error.WriteLine($"cctl: layer {digest.Short} of {images} is damaged: {problem}");
        }

        Console.Out.WriteLine($"{all.Count} layers, {damaged.Count} damaged");
        if (damaged.Count == 0)
        {
            return 0;
        }

        if (request.Has("repair"))
        {
            using var repair = new LayerRepair(store, request);
            return damaged.FindAll(d => !repair.TryRepair(d)).Count == 0 ? 0 : 1;
        }

        Console.Error.WriteLine("cctl: cctl system check --repair fetches damaged layers again, and takes away the images that came from files");
        return 1;
    }
}
