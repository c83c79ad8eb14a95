using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Integration.Tests.Harness;
using OciSpec.Image;

namespace Integration.Tests.Images.Registry;

/// <summary>An OCI layout of one image, for skopeo to copy.</summary>
internal sealed class TestImage : IDisposable
{
    private readonly TempDir _folder = new();

    /// <summary>Makes one whose layers have a file each, of so many bytes, which nothing compresses; of zeros where it is negative. The same number makes the same layer.</summary>
    public TestImage(params int[] sizes)
    {
        var diffIds = new List<string>();
        Layers = [.. sizes.Select(size =>
        {
            byte[] content = new byte[Math.Abs(size)];
            if (size > 0)
            {
                new Random(size).NextBytes(content);
            }

            byte[] layer = Compress(content, out string diffId);
            diffIds.Add($"\"{diffId}\"");
            return layer;
        })];
        Config = Encoding.UTF8.GetBytes($$$"""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[{{{string.Join(',', diffIds)}}}]}}""");
        Manifest = Encoding.UTF8.GetBytes(
            $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.Manifest}}","config":{{Write(Config, MediaTypes.Config)}},"layers":[{{string.Join(',', Layers.Select(l => Write(l, MediaTypes.LayerGzip)))}}]}""");
        string descriptor = Write(Manifest, MediaTypes.Manifest);
        _folder.WriteFile("index.json", $$$"""{"schemaVersion":2,"manifests":[{{{descriptor[..^1]}}},"annotations":{"org.opencontainers.image.ref.name":"test"}}]}""");
        _folder.WriteFile("oci-layout", """{"imageLayoutVersion":"1.0.0"}""");
    }

    /// <summary>The layers, compressed.</summary>
    public byte[][] Layers { get; }

    /// <summary>The only layer, compressed.</summary>
    public byte[] Layer => Layers.Single();

    /// <summary>The config.</summary>
    public byte[] Config { get; }

    /// <summary>The manifest.</summary>
    public byte[] Manifest { get; }

    /// <summary>What skopeo calls it.</summary>
    public string Source => $"oci:{_folder.Path}:test";

    /// <summary>Copies it to a registry; its name there.</summary>
    public string CopyTo(DockerRegistry registry, string name)
    {
        Network.Skopeo("copy", "-q", "--dest-tls-verify=false", Source, $"docker://{registry.Host}/{name}");
        return $"{registry.Host}/{name}";
    }

    /// <summary>The digest of bytes.</summary>
    public static ContentDigest Digest(byte[] bytes) => ContentDigest.Of(SHA256.HashData(bytes));

    public void Dispose() => _folder.Dispose();

    private static byte[] Compress(byte[] content, out string diffId)
    {
        var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "file") { DataStream = new MemoryStream(content), ModificationTime = DateTimeOffset.UnixEpoch });
        }

        diffId = Digest(tar.ToArray()).Text;
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(tar.ToArray());
        }

        return compressed.ToArray();
    }

    private string Write(byte[] bytes, string mediaType)
    {
        ContentDigest digest = Digest(bytes);
        Directory.CreateDirectory(_folder["blobs/sha256"]);
        File.WriteAllBytes(_folder["blobs/sha256/" + digest.Hex], bytes);
        return $$"""{"mediaType":"{{mediaType}}","digest":"{{digest.Text}}","size":{{bytes.Length}}}""";
    }
}
