using System.IO.Compression;
using CctlImages.Network;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.Layers;
using Runtime.Images.References;
using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary>
/// Gets layers into a registry, by the first of these that works: it has the blob, it has it in another repository that the store
/// knows (cross-repository mount), or it is put together again and sent. The compressed form that it once came in is gone, so a
/// compressed layer that is sent has a digest of its own; its content, and so the image's id, is the same.
/// </summary>
internal sealed class LayerUpload(ImageStore store, NetworkProcess network, ImageReference target, Action<string> progress)
{
    private readonly Dictionary<ContentDigest, Descriptor> _done = [];

    /// <summary>Gets a layer there; how the registry has it.</summary>
    /// <param name="layer">The layer as the image's manifest has it.</param>
    /// <param name="diffId">The layer in the store.</param>
    internal Descriptor Upload(Descriptor layer, ContentDigest diffId)
    {
        if (!_done.TryGetValue(diffId, out Descriptor? there))
        {
            there = IsThere(layer) ?? Send(layer, diffId);
            _done.Add(diffId, there);
        }

        return there;
    }

    private Descriptor? IsThere(Descriptor layer)
    {
        var digest = ContentDigest.Parse(layer.Digest!);
        if (network.HasBlob(target, digest, out _))
        {
            progress($"{digest.Short}: already there");
            return layer;
        }

        foreach (string repository in KnownIn(layer.Digest!))
        {
            if (network.TryMountBlob(target, digest, repository))
            {
                progress($"{digest.Short}: mounted from {repository}");
                return layer;
            }
        }

        return null;
    }

    private IEnumerable<string> KnownIn(string digest) => store.References.All()
        .Where(r => r.Name.Host == target.Host && r.Name.Repository != target.Repository && store.Images.Find(r.Manifest)?.Manifest.Layers!.Exists(l => l.Digest == digest) == true)
        .Select(r => r.Name.Repository).Distinct().Take(3);

    private Descriptor Send(Descriptor layer, ContentDigest diffId)
    {
        using HeldLayer held = store.Layers.TryHold(diffId) ?? throw new ImageException($"layer {diffId.Short} is gone: pull or load the image again");
        LayerInfo info = store.Layers.Info(diffId) ?? throw new ImageException($"layer {diffId.Short} is damaged: cctl system check");
        using var content = new FileStream(store.MakeTemporaryFile(), FileAccess.ReadWrite, bufferSize: 0);
        bool plain = layer.Compression == LayerCompression.None;
        using (Stream archive = new LayerProof(store).OpenArchive(held))
        using (var proof = new HashingStream(archive, diffId.Algorithm))
        {
            using (Stream packed = plain ? new BufferedStream(content) : new GZipStream(content, CompressionLevel.Optimal, leaveOpen: true))
            {
                proof.CopyTo(packed, 128 << 10);
                packed.Flush();
                if (plain)
                {
                    return Send(content, new Descriptor { MediaType = MediaTypes.Layer, Digest = Proven(proof, diffId).Text, Size = info.ArchiveBytes });
                }
            }

            Proven(proof, diffId);
        }

        content.Position = 0;
        using var hash = new HashingStream(content, "sha256");
        hash.CopyTo(Stream.Null);
        return Send(content, new Descriptor { MediaType = MediaTypes.LayerGzip, Digest = hash.Digest.Text, Size = content.Length });
    }

    private Descriptor Send(FileStream content, Descriptor descriptor)
    {
        var digest = ContentDigest.Parse(descriptor.Digest!);
        if (network.HasBlob(target, digest, out _))
        {
            progress($"{digest.Short}: already there");
            return descriptor;
        }

        content.Position = 0;
        progress($"{digest.Short}: sending {DecimalSize.Of(content.Length)}");
        network.UploadBlob(target, digest, content, content.Length);
        return descriptor;
    }

    private static ContentDigest Proven(HashingStream archive, ContentDigest diffId) => archive.Digest == diffId
        ? diffId
        : throw new ImageException($"layer {diffId.Short} is damaged: cctl system check --repair takes it away, then pull or load its image again");
}
