using CctlImages.Progress;
using Runtime.Images.Fetch;
using Runtime.Images.References;
using Runtime.Images.Sources;
using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary><c>load</c>: the images of an archive, docker's or OCI's.</summary>
internal static class LoadCommand
{
    internal static int Run(Request request)
    {
        using ImageStore store = Stores.Open(request);
        List<LocalImage> images = LocalImages.OpenArchiveOfAnyKind(request.Find("input") ?? "-", store);
        try
        {
            foreach (LocalImage image in images)
            {
                Load(request, store, image);
            }
        }
        finally
        {
            images.ForEach(i => i.Source.Dispose());
        }

        return 0;
    }

    private static void Load(Request request, ImageStore store, LocalImage image)
    {
        List<ImageReference> names = [.. image.Names.Select(ImageReference.Parse)];
        using IProgressView view = ProgressViews.Create(request);
        PlatformChoice platform = request.Find("platform") is { } text ? PlatformChoice.Parse(text) : PlatformChoice.Host;
        StoredImage stored = new ImageFetch(store, view).Run(image.Source, platform, names);
        view.Dispose();
        if (names.Count == 0)
        {
            Console.Out.WriteLine(request.Quiet ? stored.Id.Text : $"Loaded image ID: {stored.Id}");
        }

        foreach (ImageReference name in names)
        {
            Console.Out.WriteLine(request.Quiet ? name.Familiar : $"Loaded image: {name.Familiar}");
        }
    }
}
