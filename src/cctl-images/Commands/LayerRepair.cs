using CctlImages.Network;
using CctlImages.Progress;
using CctlImages.Registry;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.Fetch;
using Runtime.Images.References;
using Runtime.Images.Store;
using Runtime.Linux;

namespace CctlImages.Commands;

/// <summary>
/// Replaces damaged layers by what the registry of an image that has them sends. Where no such image came from a registry, the layer
/// goes with the images that have it, so that the next load brings them whole.
/// </summary>
internal sealed class LayerRepair(ImageStore store, Request request) : IDisposable
{
    private NetworkProcess? _network;

    public void Dispose() => _network?.Dispose();

    internal static List<StoredImage> ImagesOf(ImageStore store, ContentDigest layer) => [.. store.Images.Read().Where(i => i.DiffIds.Contains(layer))];

    internal static string Shown(ImageStore store, StoredImage image) =>
        store.References.All().Find(n => n.Manifest == image.Digest)?.Name.Familiar ?? image.Id.Short;

    /// <summary>Repairs a layer; false where it could not be fetched and stays as it is, with its images.</summary>
    internal bool TryRepair(ContentDigest layer)
    {
        List<StoredImage> images = ImagesOf(store, layer);
        List<string> sources = [.. images.Select(i => store.Images.From(i.Digest)).OfType<string>()];
        if (sources.Count > 0)
        {
            return sources.Exists(TryFetch);
        }

        foreach (StoredImage image in images)
        {
            Console.Error.WriteLine($"cctl: {Shown(store, image)} came from a file and is taken away: load or import it again");
            store.References.All().FindAll(n => n.Manifest == image.Digest).ForEach(n => store.References.Remove(n.Name));
            store.Images.RemoveDamaged(image.Digest);
        }

        store.Layers.RemoveDamaged(layer);
        return true;
    }

    private bool TryFetch(string from)
    {
        try
        {
            _network ??= NetworkProcess.Start(RegistrySettings.Load([]));
            using IProgressView view = ProgressViews.Create(request);
            new ImageFetch(store, view) { Prove = true }.Run(new RegistrySource(_network, ImageReference.Parse(from)), PlatformChoice.Host, []);
            return true;
        }
        catch (ImageException e)
        {
            Console.Error.WriteLine("cctl: " + SafeText.Of(e.Message));
            return false;
        }
    }
}
