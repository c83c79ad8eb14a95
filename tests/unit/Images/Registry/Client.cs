using System.Globalization;
using System.Security.Cryptography;
using CctlImages.Credentials;
using CctlImages.Registry;
using OciSpec.Image;

namespace Unit.Tests.Images.Registry;

/// <summary>A client that never waits, and says how long it would have.</summary>
internal sealed class Client : IDisposable
{
    public Client(Func<ClientOptions, ClientOptions>? change = null)
    {
        var options = new ClientOptions { Delay = Wait, Attempts = 4, IdleTimeout = TimeSpan.FromSeconds(20) };
        Registry = new RegistryClient(change?.Invoke(options) ?? options);
    }

    public RegistryClient Registry { get; }

    public List<TimeSpan> Pauses { get; } = [];

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A server as an endpoint; HTTP is tried first.</summary>
    public static Endpoint Endpoint(FakeServer server, Credential? credential = null) => new(server.Host) { Insecure = true, Credential = credential };

    public static ContentDigest Digest(byte[] bytes) => ContentDigest.Of(SHA256.HashData(bytes));

    public static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * 31))];

    public Task<FetchedManifest> Manifest(params Endpoint[] endpoints) => Registry.GetManifestAsync(endpoints, "team/app", "1", Cancellation);

    public async Task<RegistryException> ManifestFails(params Endpoint[] endpoints) => await Assert.ThrowsAsync<RegistryException>(() => Manifest(endpoints));

    public async Task<(byte[] Bytes, long BeginsAt, long? Total)> Blob(byte[] blob, long offset, params Endpoint[] endpoints)
    {
        await using BlobDownload download = await Registry.OpenBlobAsync(endpoints, "team/app", Digest(blob), offset, Cancellation);
        var all = new MemoryStream();
        byte[] buffer = new byte[1000];
        int read;
        while ((read = await download.ReadAsync(buffer, Cancellation)) > 0)
        {
            all.Write(buffer, 0, read);
        }

        return (all.ToArray(), download.BeginsAt, download.Total);
    }

    public Task Upload(byte[] blob, Endpoint endpoint) => Registry.UploadBlobAsync(endpoint, "team/app", Digest(blob), new Source(blob), Cancellation);

    public void Dispose() => Registry.Dispose();

    /// <summary>The rest of a blob, as a registry that knows Range sends it.</summary>
    public static FakeAnswer Range(byte[] blob, FakeRequest request, int? cutAfter = null)
    {
        int from = request.Header("range") is { } range ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : 0;
        return from == 0
            ? new FakeAnswer(200, blob) { CutAfter = cutAfter }
            : new FakeAnswer(206, blob[from..], string.Create(CultureInfo.InvariantCulture, $"Content-Range: bytes {from}-{blob.Length - 1}/{blob.Length}")) { CutAfter = cutAfter };
    }

    private Task Wait(TimeSpan pause, CancellationToken cancellation)
    {
        lock (Pauses)
        {
            Pauses.Add(pause);
        }

        return Task.CompletedTask;
    }

    private sealed class Source(byte[] bytes) : IUploadSource
    {
        public long Length => bytes.Length;

        public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellation)
        {
            int count = Math.Min(buffer.Length, 1000);
            bytes.AsMemory((int)offset, count = Math.Min(count, bytes.Length - (int)offset)).CopyTo(buffer);
            return ValueTask.FromResult(count);
        }
    }
}
