using Runtime.Images.References;
using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary><c>save</c>: images as an archive that docker, podman and image layouts' readers take alike.</summary>
internal static class SaveCommand
{
    internal static int Run(Request request)
    {
        using ImageStore store = Stores.Open(request);
        var lookup = new ImageLookup(store);
        List<ExportedImage> images = [.. request.Operands.Select(o => ExportedImage.Of(lookup.Get(o, out ImageReference? name), name))];
        if (request.Find("output") is { } path)
        {
            WholeFile.Write(path, s => WriteArchive(store, images, s));
            return 0;
        }

        using Stream standard = Console.OpenStandardOutput();
        WriteArchive(store, images, standard);
        return 0;
    }

    /// <summary>Writes an archive of both kinds.</summary>
    internal static void WriteArchive(ImageStore store, List<ExportedImage> images, Stream stream)
    {
        var archive = new ArchiveOutput(stream);
        new ImageExport(store, archive).Write(images, docker: true);
        archive.End();
    }
}
