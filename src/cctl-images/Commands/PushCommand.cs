using CctlImages.Network;
using CctlImages.Registry;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.References;
using Runtime.Images.Sources;
using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary><c>push</c>: an image to a registry, a file or a directory.</summary>
internal static class PushCommand
{
    internal static int Run(Request request)
    {
        using ImageStore store = Stores.Open(request);
        StoredImage image = new ImageLookup(store).Get(request.Operands[0], out ImageReference? name);
        if (request.Operands.Length > 1 && LocalImages.IsLocal(request.Operands[1]))
        {
            LocalPush.Run(store, image, name, request.Operands[1]);
            return 0;
        }

        ImageReference target = request.Operands.Length > 1 ? ImageReference.Parse(request.Operands[1])
            : name ?? throw new ImageException($"{request.Operands[0]}: an id says not where to push to: cctl push {request.Operands[0]} REGISTRY/NAME:TAG");
        if (target.Tag is null)
        {
            throw new ImageException($"{target.Familiar}: an image is pushed by its tag");
        }

        using NetworkProcess network = NetworkProcess.Start(RegistrySettings.Load(request.Has("insecure") ? [target.Host] : []));
        var layers = new LayerUpload(store, network, target, request.Quiet ? _ => { } : Console.Error.WriteLine);
        ImageManifest manifest = image.Manifest;
        List<Descriptor> uploaded = [.. manifest.Layers!.Zip(image.DiffIds).Select(l => layers.Upload(l.First, l.Second))];
        bool same = uploaded.Zip(manifest.Layers!).All(l => l.First.Digest == l.Second.Digest);
        using (var config = new MemoryStream(image.ConfigBytes))
        {
            if (!network.HasBlob(target, image.Id, out _))
            {
                network.UploadBlob(target, image.Id, config, config.Length);
            }
        }

        byte[] document = image.ManifestBytes;
        if (!same)
        {
            ImageManifest changed = NewManifest.Of(image.Id, image.ConfigBytes.Length, uploaded);
            changed.Annotations = manifest.Annotations;
            document = ImageFile.Write(changed);
        }

        network.PutManifest(target, target.Tag, document, (same ? manifest.MediaType : null) ?? MediaTypes.Manifest);
        string digest = Digests.Of(document).Text;
        Console.Out.WriteLine(request.Quiet ? digest : $"{target.Tag}: digest: {digest} size: {document.Length}");
        return 0;
    }
}
