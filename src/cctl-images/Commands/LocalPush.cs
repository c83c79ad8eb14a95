using OciSpec;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.References;
using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary><c>push</c> to a file or a directory: <c>oci:DIR[:NAME]</c>, <c>oci-archive:FILE[:NAME]</c>, <c>docker-archive:FILE[:NAME]</c>.</summary>
internal static class LocalPush
{
    internal static void Run(ImageStore store, StoredImage image, ImageReference? name, string target)
    {
        string[] parts = target.Split(':', 3);
        (string transport, string path) = (parts[0], parts[1]);
        if (path.Length == 0)
        {
            throw new ImageException($"{target}: write {transport}:PATH");
        }

        switch (transport)
        {
            case "oci":
                WriteDirectory(store, path, Exported(image, name, parts.ElementAtOrDefault(2)));
                break;
            case "oci-archive":
                WriteArchive(store, path, Exported(image, name, parts.ElementAtOrDefault(2)));
                break;
            case "docker-archive":
                WriteArchive(store, path, ExportedImage.Of(image, parts.Length > 2 ? ImageReference.Parse(parts[2]) : name));
                break;
            default:
                throw new ImageException($"{target}: an image is pushed to oci:DIR, oci-archive:FILE, docker-archive:FILE or a registry");
        }
    }

    private static ExportedImage Exported(StoredImage image, ImageReference? name, string? given) => given is null ? ExportedImage.Of(image, name) : ExportedImage.Named(image, given);

    private static void WriteArchive(ImageStore store, string path, ExportedImage image) => WholeFile.Write(path, s => SaveCommand.WriteArchive(store, [image], s));

    private static void WriteDirectory(ImageStore store, string path, ExportedImage image)
    {
        var output = new DirectoryOutput(path);
        if (output.Find("oci-layout") is null && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new ImageException($"{path}: it is neither empty nor an image layout");
        }

        try
        {
            new ImageExport(store, output).Write([image], docker: false);
        }
        catch (ConfigException e)
        {
            throw new ImageException($"{path}: {e.Message}", e);
        }
    }
}
