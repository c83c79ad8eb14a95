using System.Runtime.CompilerServices;
using Cctl.Commands.Images;
using Cctl.Streams;
using Runtime;
using Runtime.Images;
using Runtime.Images.References;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Cctl.Commands.Containers;

/// <summary>The small root filesystem that the executable carries, as an image that needs no registry: <c>localhost/busybox</c>.</summary>
internal static class CarriedImage
{
    private const string Name = "localhost/busybox";
    private const string Resource = "rootfs-busybox.tar.gz";

    /// <summary>Its archive.</summary>
    /// <exception cref="ContainerException">The executable was built without one.</exception>
    internal static Stream Archive(string asked) => typeof(CarriedImage).Assembly.GetManifestResourceStream(Resource)
        ?? throw new ContainerException($"{asked}: this cctl was built without a root file system: unpack one into rootfs yourself");

    /// <summary>Whether a name is the image's.</summary>
    internal static bool Is(string name)
    {
        try
        {
            var reference = ImageReference.Parse(name);
            return reference.Name == Name && reference.Digest is null && reference.Tag is "latest";
        }
        catch (ImageException)
        {
            return false;
        }
    }

    /// <summary>Puts it into the store.</summary>
    /// <returns>The helper's exit status.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static int Import(string store)
    {
        using Fd archive = Sys.MemfdCreate("image");
        using (Stream stream = Archive(Name))
        {
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            Sys.Write(archive.Number, bytes);
        }

        Sys.TryLseek(archive.Number, 0, SEEK_SET, out _);
        using MovedStreams input = MovedStreams.To(0, archive.Number);
        using MovedStreams output = MovedStreams.ToNull(1);
        return new ImagesHelper("import", store).Values("change", ["CMD [\"sh\"]"]).Value("message", "carried by cctl").Flag("quiet", true).Run("-", Name);
    }
}
