using CctlImages.Network;
using CctlImages.Registry;
using Integration.Tests.Harness;
using OciSpec.Image;
using Runtime.Images;
using Runtime.Images.References;

namespace Integration.Tests.Images.Registry;

/// <summary>A registry of plain HTTP on loopback, by the network process; skopeo is on the other side.</summary>
[HostOnly]
public sealed class PlainRegistryTests : IDisposable
{
    private readonly DockerRegistry _registry = new();
    private readonly TestImage _image = new(3_000_000);
    private readonly NetworkProcess _network = NetworkProcess.Start(Network.Settings());

    private ImageReference Reference => ImageReference.Parse($"{_registry.Host}/team/app:1");

    [Fact]
    public void What_skopeo_pushed_is_fetched()
    {
        Push();
        FetchedManifest manifest = _network.GetManifest(Reference, "1");
        Assert.Equal(_image.Manifest, manifest.Bytes);
        Assert.Equal(MediaTypes.Manifest, manifest.MediaType);
        Assert.Equal(TestImage.Digest(_image.Manifest).Text, manifest.DockerContentDigest);
        Assert.Equal(_image.Manifest, _network.GetManifest(Reference, TestImage.Digest(_image.Manifest).Text).Bytes);
        byte[] layer = Network.ReadAll(_network.OpenBlob(Reference, TestImage.Digest(_image.Layer), 0, out long beginsAt, out long? total));
        Assert.Equal((0, _image.Layer.Length), (beginsAt, total));
        Assert.Equal(_image.Layer, layer);
    }

    [Fact]
    public void A_blob_is_resumed_from_an_offset()
    {
        Push();
        byte[] rest = Network.ReadAll(_network.OpenBlob(Reference, TestImage.Digest(_image.Layer), 1_000_001, out long beginsAt, out long? total));
        Assert.Equal((1_000_001, _image.Layer.Length), (beginsAt, total));
        Assert.Equal(_image.Layer[1_000_001..], rest);
        Assert.Empty(Network.ReadAll(_network.OpenBlob(Reference, TestImage.Digest(_image.Layer), _image.Layer.Length, out beginsAt, out _)));
        Assert.Equal(_image.Layer.Length, beginsAt);
        Assert.Equal(_image.Layer, Network.ReadAll(_network.OpenBlob(Reference, TestImage.Digest(_image.Layer), _image.Layer.Length + 5, out beginsAt, out _)));
        Assert.Equal(0, beginsAt);
    }

    [Fact]
    public void What_is_pushed_skopeo_reads()
    {
        foreach (byte[] blob in new[] { _image.Layer, _image.Config })
        {
            Assert.False(_network.HasBlob(Reference, TestImage.Digest(blob), out _));
            _network.UploadBlob(Reference, TestImage.Digest(blob), new MemoryStream(blob), blob.Length);
            Assert.True(_network.HasBlob(Reference, TestImage.Digest(blob), out long size));
            Assert.Equal(blob.Length, size);
        }

        _network.PutManifest(Reference, "1", _image.Manifest, MediaTypes.Manifest);
        _network.PutManifest(Reference, TestImage.Digest(_image.Manifest).Text, _image.Manifest, MediaTypes.Manifest);
        using var copy = new TempDir();
        Network.Skopeo("copy", "--src-tls-verify=false", $"docker://{Reference}", $"dir:{copy.Path}");
        Assert.Equal(_image.Layer, File.ReadAllBytes(copy[TestImage.Digest(_image.Layer).Hex]));
        Assert.Equal(_image.Manifest, File.ReadAllBytes(copy["manifest.json"]));
    }

    [Fact]
    public void A_blob_goes_up_in_chunks()
    {
        using NetworkProcess network = NetworkProcess.Start(Network.Settings(options: new ClientOptions { ChunkSize = 700_000, MonolithicLimit = 0 }));
        network.UploadBlob(Reference, TestImage.Digest(_image.Layer), new MemoryStream(_image.Layer), _image.Layer.Length);
        Assert.Equal(_image.Layer, Network.ReadAll(network.OpenBlob(Reference, TestImage.Digest(_image.Layer), 0, out _, out _)));
    }

    [Fact]
    public void A_blob_of_another_repository_is_mounted()
    {
        Push();
        ImageReference other = ImageReference.Parse($"{_registry.Host}/other/app:1");
        Assert.True(_network.TryMountBlob(other, TestImage.Digest(_image.Layer), "team/app"));
        Assert.True(_network.HasBlob(other, TestImage.Digest(_image.Layer), out _));
        Assert.False(_network.TryMountBlob(other, TestImage.Digest([1, 2, 3]), "team/app"));
    }

    [Fact]
    public void Tags_are_listed()
    {
        Push();
        Network.Skopeo("copy", "--dest-tls-verify=false", _image.Source, $"docker://{_registry.Host}/team/app:second");
        Assert.Equal(["1", "second"], _network.ListTags(Reference).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_not_there_is_said_with_the_registrys_code()
    {
        string message = Assert.Throws<ImageException>(() => _network.GetManifest(Reference, "1")).Message;
        Assert.StartsWith($"{_registry.Host}/team/app:1: not found (MANIFEST_UNKNOWN: ", message, StringComparison.Ordinal);
        message = Assert.Throws<ImageException>(() => _network.OpenBlob(Reference, TestImage.Digest([1]), 0, out _, out _)).Message;
        Assert.StartsWith($"{_registry.Host}/team/app@{TestImage.Digest([1]).Text}: not found (BLOB_UNKNOWN: ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_registry_that_is_restarted_meanwhile_goes_unnoticed()
    {
        using var large = new TestImage(30_000_000);
        Network.Skopeo("copy", "--dest-tls-verify=false", large.Source, $"docker://{Reference}");
        using NetworkProcess network = NetworkProcess.Start(Network.Settings(options: new ClientOptions()));
        using Stream stream = network.OpenBlob(Reference, TestImage.Digest(large.Layer), 0, out _, out _);
        byte[] first = new byte[1_000_000];
        stream.ReadExactly(first);
        _registry.Restart();
        Assert.Equal(large.Layer, (byte[])[.. first, .. Network.ReadAll(stream)]);
    }

    [Fact]
    public void An_upload_goes_on_after_the_registry_was_restarted()
    {
        using NetworkProcess network = NetworkProcess.Start(Network.Settings(options: new ClientOptions { ChunkSize = 500_000, MonolithicLimit = 0 }));
        using var content = new RestartingStream(_image.Layer, _registry);
        network.UploadBlob(Reference, TestImage.Digest(_image.Layer), content, _image.Layer.Length);
        Assert.True(content.Restarted);
        Assert.Equal(_image.Layer, Network.ReadAll(network.OpenBlob(Reference, TestImage.Digest(_image.Layer), 0, out _, out _)));
    }

    [Fact]
    public void Eight_threads_read_at_once()
    {
        Push();
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
            Assert.Equal(_image.Layer, Network.ReadAll(_network.OpenBlob(Reference, TestImage.Digest(_image.Layer), 0, out long _, out long? _))));
    }

    public void Dispose()
    {
        _network.Dispose();
        _image.Dispose();
        _registry.Dispose();
    }

    /// <summary>Content in whose middle the registry is restarted.</summary>
    private sealed class RestartingStream(byte[] bytes, DockerRegistry registry) : MemoryStream(bytes)
    {
        public bool Restarted { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            if (Position > Length / 2 && !Restarted)
            {
                Restarted = true;
                registry.Restart();
            }

            return base.Read(buffer);
        }
    }

    private void Push() => Network.Skopeo("copy", "--dest-tls-verify=false", _image.Source, $"docker://{Reference}");
}
