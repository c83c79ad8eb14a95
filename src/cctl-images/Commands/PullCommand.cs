using CctlImages.Network;
using CctlImages.Progress;
using CctlImages.Registry;
using Runtime.Images.Fetch;
using Runtime.Images.References;
using Runtime.Images.Sources;
using Runtime.Images.Store;

namespace CctlImages.Commands;

/// <summary><c>pull</c>: images of registries, files and directories.</summary>
internal static class PullCommand
{
    internal static int Run(Request request)
    {
        using ImageStore store = Stores.Open(request);
        PlatformChoice platform = request.Find("platform") is { } text ? PlatformChoice.Parse(text) : PlatformChoice.Host;
        NetworkProcess? network = null;
        try
        {
            foreach (string name in request.Operands)
            {
                if (LocalImages.IsLocal(name))
                {
                    PullLocal(request, store, name, platform);
                }
                else
                {
                    network ??= NetworkProcess.Start(RegistrySettings.Load(request.Has("insecure") ? [HostOf(name)] : []));
                    PullRemote(request, store, network, name, platform);
                }
            }
        }
        finally
        {
            network?.Dispose();
        }

        return 0;
    }

    private static void PullRemote(Request request, ImageStore store, NetworkProcess network, string text, PlatformChoice platform)
    {
        ImageReference name = Parse(text);
        if (request.Has("all-tags"))
        {
            foreach (string tag in network.ListTags(name))
            {
                Pull(request, store, new RegistrySource(network, name.WithTag(tag)), platform, [name.WithTag(tag)]);
            }

            return;
        }

        Pull(request, store, new RegistrySource(network, name), platform, [name]);
    }

    private static ImageReference Parse(string text)
    {
        const string Transport = "docker://";
        return ImageReference.Parse(text.StartsWith(Transport, StringComparison.Ordinal) ? text[Transport.Length..] : text);
    }

    private static string HostOf(string text) => Parse(text).Host;

    private static void PullLocal(Request request, ImageStore store, string text, PlatformChoice platform)
    {
        List<LocalImage> images = LocalImages.Open(text, store);
        try
        {
            foreach (LocalImage image in images)
            {
                Pull(request, store, image.Source, platform, [.. image.Names.Select(ImageReference.Parse)]);
            }
        }
        finally
        {
            images.ForEach(i => i.Source.Dispose());
        }
    }

    private static void Pull(Request request, ImageStore store, IImageSource source, PlatformChoice platform, List<ImageReference> names)
    {
        using IProgressView view = ProgressViews.Create(request);
        StoredImage stored = new ImageFetch(store, view).Run(source, platform, names);
        view.Dispose();
        Console.Out.WriteLine(request.Quiet || names.Count == 0 ? stored.Id.Text : names[0].Familiar);
    }
}
