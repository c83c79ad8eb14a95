using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.References;
using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary><c>save</c>: images as an archive that docker, podman and image layouts' readers take alike.</summary>
internal static class SaveCommand
{
    private const string ReferenceName = "org.opencontainers.image.ref.name";
    private const string ContainerdName = "io.containerd.image.name";

    internal static int Run(Request request)
    {
        using ImageStore store = Stores.Open(request);
        var lookup = new ImageLookup(store);
        List<(StoredImage Image, ImageReference? Name)> images = [.. request.Operands.Select(o => (lookup.Get(o, out ImageReference? name), name))];
        if (request.Find("output") is not { } path)
        {
            using Stream standard = Console.OpenStandardOutput();
            Write(store, images, standard);
            return 0;
        }

        // Beside its place, and renamed when it is whole.
        string temporary = $"{path}.{Environment.ProcessId}.new";
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = (UnixFileMode)0b110_100_100 }))
            {
                Write(store, images, file);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new ImageException($"{path}: {e.Message}", e);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        return 0;
    }

    private static void Write(ImageStore store, List<(StoredImage Image, ImageReference? Name)> images, Stream output)
    {
        var archive = new ImageArchive(store, output);
        var index = new List<Descriptor>();
        var docker = new List<DockerArchiveEntry>();
        foreach (IGrouping<ContentDigest, (StoredImage Image, ImageReference? Name)> group in images.GroupBy(i => i.Image.Digest))
        {
            StoredImage image = group.First().Image;
            List<string> names = [.. group.Select(g => g.Name?.ToString()).OfType<string>()];
            ImageManifest manifest = archive.AddLayersAndConfig(image);
            byte[] document = ImageFile.Write(manifest);
            archive.AddBlob(Digests.Of(document), document);
            foreach (string? name in names.Cast<string?>().DefaultIfEmpty())
            {
                index.Add(new Descriptor
                {
                    MediaType = MediaTypes.Manifest,
                    Digest = Digests.Of(document).Text,
                    Size = document.Length,
                    Platform = new Platform { Architecture = image.Config.Architecture, Os = image.Config.Os, Variant = image.Config.Variant },
                    Annotations = name is null ? null : new() { [ContainerdName] = name, [ReferenceName] = name[(name.LastIndexOf(':') + 1)..] },
                });
            }

            docker.Add(new DockerArchiveEntry
            {
                Config = PathOf(image.Id),
                RepoTags = [.. group.Select(g => g.Name?.Familiar).OfType<string>()],
                Layers = [.. image.DiffIds.Select(PathOf)],
            });
        }

        archive.AddFile("oci-layout", ImageFile.Write(new ImageLayout { ImageLayoutVersion = "1.0.0" }));
        archive.AddFile("index.json", ImageFile.Write(new ImageIndex { SchemaVersion = 2, MediaType = MediaTypes.Index, Manifests = index }));
        archive.AddFile("manifest.json", ImageFile.Write(docker));
        archive.End();
    }

    private static string PathOf(ContentDigest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";
}
