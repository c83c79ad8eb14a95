using CctlImages.Registry;

namespace Unit.Tests.Images.Registry;

/// <summary>Blobs over connections that break.</summary>
public sealed class DownloadTests : IDisposable
{
    private static readonly byte[] s_blob = Client.Bytes(10_000);
    private readonly Client _client = new();
    private int _requests;

    [Fact]
    public async Task A_broken_download_goes_on_where_it_broke()
    {
        using var registry = new FakeServer(r => Client.Range(s_blob, r, Interlocked.Increment(ref _requests) < 6 ? 1500 : null));
        (byte[] bytes, long begins, long? total) = await _client.Blob(s_blob, 0, Client.Endpoint(registry));
        Assert.Equal(s_blob, bytes);
        Assert.Equal((0, s_blob.Length), (begins, total));
        Assert.Equal([null, "bytes=1500-", "bytes=3000-", "bytes=4500-", "bytes=6000-", "bytes=7500-"], registry.Requests.Select(r => r.Header("range")));
    }

    [Fact]
    public async Task A_registry_that_then_sends_everything_is_read_up_to_there()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(200, s_blob) { CutAfter = Interlocked.Increment(ref _requests) == 1 ? 4000 : null });
        Assert.Equal(s_blob, (await _client.Blob(s_blob, 0, Client.Endpoint(registry))).Bytes);
    }

    [Fact]
    public async Task A_registry_without_Range_begins_again()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(200, s_blob));
        (byte[] bytes, long begins, _) = await _client.Blob(s_blob, 4000, Client.Endpoint(registry));
        Assert.Equal(0, begins);
        Assert.Equal(s_blob, bytes);
    }

    [Fact]
    public async Task An_offset_is_where_it_begins()
    {
        using var registry = new FakeServer(r => Client.Range(s_blob, r));
        (byte[] bytes, long begins, long? total) = await _client.Blob(s_blob, 4000, Client.Endpoint(registry));
        Assert.Equal((4000, s_blob.Length), (begins, total));
        Assert.Equal(s_blob[4000..], bytes);
    }

    [Theory]
    [InlineData("Content-Range: bytes */10000", 10_000, 10_000)]
    [InlineData("Content-Range: bytes */10000", 12_000, 0)]
    [InlineData("X: y", 10_000, 0)]
    public async Task Behind_the_end_there_is_nothing_or_another_blob(string header, long offset, long expected)
    {
        using var registry = new FakeServer(r => r.Header("range") is null ? new FakeAnswer(200, s_blob) : new FakeAnswer(416, "", header));
        (byte[] bytes, long begins, _) = await _client.Blob(s_blob, offset, Client.Endpoint(registry));
        Assert.Equal(expected, begins);
        Assert.Equal(expected == 0 ? s_blob : [], bytes);
    }

    [Fact]
    public async Task Another_range_than_was_asked_for_is_refused()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(206, s_blob[3000..], "Content-Range: bytes 3000-9999/10000"));
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => _client.Blob(s_blob, 4000, Client.Endpoint(registry)));
        Assert.Equal(FailureKind.Protocol, e.Kind);
    }

    [Fact]
    public async Task A_blob_that_changes_its_size_is_refused()
    {
        using var registry = new FakeServer(r => r.Header("range") is null ? new FakeAnswer(200, s_blob) { CutAfter = 4000 } : new FakeAnswer(206, s_blob[4000..9000], "Content-Range: bytes 4000-8999/9000"));
        await Assert.ThrowsAsync<RegistryException>(() => _client.Blob(s_blob, 0, Client.Endpoint(registry)));
    }

    [Fact]
    public async Task Without_getting_on_it_ends()
    {
        using var registry = new FakeServer(r => Client.Range(s_blob, r, r.Header("range") is null ? 1500 : 0));
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => _client.Blob(s_blob, 0, Client.Endpoint(registry)));
        Assert.Equal((FailureKind.Unreachable, $"the connection to {registry.Host} was lost"), (e.Kind, e.Message));
        Assert.Equal(4, registry.Requests.Length);
    }

    [Fact]
    public async Task A_mirror_goes_first_and_the_registry_goes_on_where_it_fails()
    {
        using var mirror = new FakeServer(r => r.Header("range") is null ? Client.Range(s_blob, r, 2500) : new FakeAnswer(404));
        using var registry = new FakeServer(r => Client.Range(s_blob, r));
        Assert.Equal(s_blob, (await _client.Blob(s_blob, 0, Client.Endpoint(mirror) with { Prefix = "hub" }, Client.Endpoint(registry))).Bytes);
        Assert.StartsWith("GET /v2/hub/team/app/blobs/sha256:", mirror.Lines[0], StringComparison.Ordinal);
        Assert.Equal(["bytes=2500-"], registry.Requests.Select(r => r.Header("range")));
    }

    [Fact]
    public async Task A_mirror_without_it_is_no_failure()
    {
        using var mirror = new FakeServer(_ => new FakeAnswer(404));
        using var registry = new FakeServer(_ => new FakeAnswer(200, "{}"));
        Assert.Equal("{}"u8.ToArray(), (await _client.Manifest(Client.Endpoint(mirror), Client.Endpoint(registry))).Bytes);
        Assert.Single(mirror.Requests);
    }

    public void Dispose() => _client.Dispose();
}
