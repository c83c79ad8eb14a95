using CctlImages.Network;
using CctlImages.Registry;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.Fetch;
using Runtime.Images.References;

namespace CctlImages.Commands;

/// <summary>An image of a registry.</summary>
/// <param name="network">Talks to the registry; it stays the caller's.</param>
/// <param name="name">The image.</param>
internal sealed class RegistrySource(NetworkProcess network, ImageReference name) : IImageSource
{
    public string Shown => name.Familiar;

    public bool IsRemote => true;

    public string Repository => name.Name;

    public SourceDocument GetRoot()
    {
        FetchedManifest found = network.GetManifest(name, name.Target);
        return name.Digest is { } digest && Digests.Of(found.Bytes, digest.Algorithm) != digest
            ? throw new ImageException($"{name.Familiar}: the registry's manifest has the digest {Digests.Of(found.Bytes, digest.Algorithm)}: it was changed on its way")
            : new SourceDocument(found.Bytes, found.MediaType);
    }

    public byte[] GetDocument(Descriptor descriptor)
    {
        var digest = ContentDigest.Parse(descriptor.Digest!);
        if (MediaTypes.IsManifest(descriptor.MediaType) || MediaTypes.IsIndex(descriptor.MediaType))
        {
            return network.GetManifest(name, digest.Text).Bytes;
        }

        if (descriptor.Size > ImageFile.MaxManifestBytes)
        {
            throw new ImageException($"{name.Familiar}: a config of {descriptor.Size} bytes: at most {ImageFile.MaxManifestBytes} are read");
        }

        using Stream content = network.OpenBlob(name, digest, 0, out _, out _);
        byte[] bytes = new byte[descriptor.Size!.Value];
        int length = content.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes[..length];
    }

    public Stream OpenBlob(Descriptor descriptor, long offset, out long beginsAt) =>
        network.OpenBlob(name, ContentDigest.Parse(descriptor.Digest!), offset, out beginsAt, out _);

    public void Dispose()
    {
    }
}
