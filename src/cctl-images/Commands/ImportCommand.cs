using CctlImages.Progress;
using OciSpec.Image;
using Runtime.Images.Fetch;
using Runtime.Images.References;
using Runtime.Images.Sources;
using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary><c>import</c>: an image of a root filesystem's tarball.</summary>
internal static class ImportCommand
{
    internal static int Run(Request request)
    {
        using ImageStore store = Stores.Open(request);
        ContainerDefaults defaults = ImageChanges.Apply(request.All("change"));
        LocalImage image = LocalImages.OpenTarball(request.Operands[0], store, defaults, request.Find("message") ?? "");
        using IImageSource source = image.Source;
        using IProgressView view = ProgressViews.Create(request);
        List<ImageReference> names = request.Operands.Length > 1 ? [ImageReference.Parse(request.Operands[1])] : [];
        StoredImage stored = new ImageFetch(store, view).Run(source, PlatformChoice.Host, names);
        view.Dispose();
        Console.Out.WriteLine(stored.Id.Text);
        return 0;
    }
}
