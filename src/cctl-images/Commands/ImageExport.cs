using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary>
/// Writes images as an image layout (image-spec image-layout.md), which an archive of docker's can be at the same time. Layers are put
/// together again and written as plain archives, whose digests are the diffIDs.
/// </summary>
internal sealed class ImageExport(ImageStore store, IImageOutput output)
{
    private const string ReferenceName = "org.opencontainers.image.ref.name";
    private const string ContainerdName = "io.containerd.image.name";

    /// <summary>Writes images, and after them the lists of what there is.</summary>
    /// <param name="images">The images, once for each of their names.</param>
    /// <param name="docker">Whether docker's list is written, too.</param>
    /// <exception cref="ImageException">A layer is damaged or gone, or what is there already is no layout.</exception>
    internal void Write(List<ExportedImage> images, bool docker)
    {
        var added = new List<Descriptor>();
        var entries = new List<DockerArchiveEntry>();
        foreach (IGrouping<ContentDigest, ExportedImage> group in images.GroupBy(i => i.Image.Digest))
        {
            StoredImage image = group.First().Image;
            byte[] document = ImageFile.Write(WriteLayersAndConfig(image));
            output.AddBlob(PathOf(Digests.Of(document)), document.Length, s => s.Write(document));
            added.AddRange(group.Select(g => new Descriptor
            {
                MediaType = MediaTypes.Manifest,
                Digest = Digests.Of(document).Text,
                Size = document.Length,
                Platform = new Platform { Architecture = image.Config.Architecture, Os = image.Config.Os, Variant = image.Config.Variant },
                Annotations = Annotations(g),
            }));
            entries.Add(new DockerArchiveEntry
            {
                Config = PathOf(image.Id),
                RepoTags = [.. group.Select(g => g.Name).OfType<string>()],
                Layers = [.. image.DiffIds.Select(PathOf)],
            });
        }

        output.AddDocument("oci-layout", ImageFile.Write(new ImageLayout { ImageLayoutVersion = "1.0.0" }));
        output.AddDocument("index.json", ImageFile.Write(Index(added)));
        if (docker)
        {
            output.AddDocument("manifest.json", ImageFile.Write(entries));
        }
    }

    // Names that the layout has already go over to the new images.
    private ImageIndex Index(List<Descriptor> added)
    {
        HashSet<string> names = [.. added.Select(NameOf).OfType<string>()];
        ImageIndex index = output.Find("index.json") is { } there ? ImageFile.ParseIndex(there) : new ImageIndex { SchemaVersion = 2, MediaType = MediaTypes.Index };
        index.Manifests = [.. (index.Manifests ?? []).Where(m => NameOf(m) is { } name ? !names.Contains(name) : !added.Exists(a => a.Digest == m.Digest)), .. added];
        return index;
    }

    private static string? NameOf(Descriptor image) => image.Annotations?.GetValueOrDefault(ReferenceName);

    private static Dictionary<string, string>? Annotations(ExportedImage image)
    {
        var annotations = new Dictionary<string, string>();
        if (image.FullName is not null)
        {
            annotations[ContainerdName] = image.FullName;
        }

        if (image.ReferenceName is not null)
        {
            annotations[ReferenceName] = image.ReferenceName;
        }

        return annotations.Count == 0 ? null : annotations;
    }

    private ImageManifest WriteLayersAndConfig(StoredImage image)
    {
        var layers = new List<Descriptor>();
        foreach (ContentDigest diffId in image.DiffIds)
        {
            using HeldLayer layer = store.Layers.TryHold(diffId) ?? throw Gone(diffId);
            LayerInfo info = store.Layers.Info(diffId) ?? throw Gone(diffId);
            layers.Add(new Descriptor { MediaType = MediaTypes.Layer, Digest = diffId.Text, Size = info.ArchiveBytes });
            output.AddBlob(PathOf(diffId), info.ArchiveBytes, s => Copy(layer, info.ArchiveBytes, s));
        }

        output.AddBlob(PathOf(image.Id), image.ConfigBytes.Length, s => s.Write(image.ConfigBytes));
        return NewManifest.Of(image.Id, image.ConfigBytes.Length, layers);
    }

    private void Copy(HeldLayer layer, long length, Stream target)
    {
        using Stream archive = new LayerProof(store).OpenArchive(layer);
        using var hash = Digests.Start(layer.Digest.Algorithm);
        byte[] buffer = new byte[128 << 10];
        long copied = 0;
        int read;
        while ((read = archive.Read(buffer, 0, buffer.Length)) > 0 && copied + read <= length)
        {
            hash.AppendData(buffer, 0, read);
            target.Write(buffer, 0, read);
            copied += read;
        }

        if (copied != length || ContentDigest.Of(hash.GetCurrentHash()) != layer.Digest)
        {
            throw new ImageException($"layer {layer.Digest.Short} is damaged: cctl system check --repair");
        }
    }

    private static string PathOf(ContentDigest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";

    private static ImageException Gone(ContentDigest layer) => new($"layer {layer.Short} is gone: pull or load the image again");
}
