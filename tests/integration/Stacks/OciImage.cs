using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Integration.Tests.Stacks;

/// <summary>Writes an OCI image archive (image-layout.md) of one layer, as <c>ctr image import</c> takes it.</summary>
internal static class OciImage
{
    private const string Prefix = "application/vnd.oci.image.";

    /// <summary>Writes the archive: an image for each name, with its own command.</summary>
    public static void Write(string file, string layerArchive, params (string Name, string Command)[] images)
    {
        byte[] layer = File.ReadAllBytes(layerArchive);
        using var unpacked = new GZipStream(new MemoryStream(layer), CompressionMode.Decompress);
        string diffId = Digest(SHA256.HashData(unpacked));
        using FileStream stream = File.Create(file);
        using var tar = new TarWriter(stream);
        string layerEntry = Blob(tar, layer, "layer.v1.tar+gzip", "");
        var manifests = new List<string>();
        foreach ((string name, string command) in images)
        {
            string config = Blob(tar, Utf8($$$"""{"architecture":"amd64","os":"linux","config":{"Env":["{{{Runtimes.GuestPath}}}"],"Cmd":{{{command}}}},"rootfs":{"type":"layers","diff_ids":["{{{diffId}}}"]}}"""), "config.v1+json", "");
            manifests.Add(Blob(
                tar,
                Utf8($$"""{"schemaVersion":2,"mediaType":"{{Prefix}}manifest.v1+json","config":{{config}},"layers":[{{layerEntry}}]}"""),
                "manifest.v1+json",
                $$""","annotations":{"io.containerd.image.name":"{{name}}"}"""));
        }

        Add(tar, "index.json", Utf8($$"""{"schemaVersion":2,"manifests":[{{string.Join(',', manifests)}}]}"""));
        Add(tar, "oci-layout", Utf8("""{"imageLayoutVersion":"1.0.0"}"""));
    }

    // Writes the content under its digest; returns its descriptor.
    private static string Blob(TarWriter tar, byte[] content, string type, string more)
    {
        string digest = Digest(SHA256.HashData(content));
        Add(tar, "blobs/sha256/" + digest[7..], content);
        return string.Create(CultureInfo.InvariantCulture, $$"""{"mediaType":"{{Prefix}}{{type}}","digest":"{{digest}}","size":{{content.Length}}{{more}}}""");
    }

    private static void Add(TarWriter tar, string name, byte[] content) =>
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Digest(byte[] hash) => "sha256:" + Convert.ToHexStringLower(hash);
}
