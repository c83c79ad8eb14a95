using System.Globalization;
using CctlImages.Registry;

namespace Unit.Tests.Images.Registry;

/// <summary>Blobs on their way to registries that break off, forget, or have rules of their own.</summary>
public sealed class UploadTests : IDisposable
{
    private static readonly byte[] s_blob = Client.Bytes(10_000);
    private static readonly string s_digest = Uri.EscapeDataString(Client.Digest(s_blob).Text);
    private readonly MemoryStream _received = new();
    private readonly Client _client = new(o => new ClientOptions { Delay = o.Delay, Attempts = o.Attempts, MonolithicLimit = 0, ChunkSize = 4000 });
    private Func<FakeRequest, FakeAnswer?> _first = _ => null;
    private int _sessions;

    [Fact]
    public async Task Small_ones_go_in_one_request()
    {
        using var client = new Client();
        using FakeServer registry = Registry();
        await client.Upload(s_blob, Client.Endpoint(registry));
        Assert.Equal(["POST /v2/team/app/blobs/uploads/", $"PUT /session/1?state=a&digest={s_digest}"], registry.Lines);
        Assert.Equal(s_blob, registry.Requests[1].Body);
    }

    [Fact]
    public async Task Large_ones_go_in_chunks()
    {
        using FakeServer registry = Registry();
        await _client.Upload(s_blob, Client.Endpoint(registry));
        Assert.Equal(["0-3999", "4000-7999", "8000-9999"], registry.Requests.Where(r => r.Method == "PATCH").Select(r => r.Header("content-range")));
        Assert.Equal(s_blob, _received.ToArray());
    }

    [Fact]
    public async Task A_failed_chunk_goes_on_where_the_registry_stands()
    {
        int patches = 0;
        using FakeServer registry = Registry();
        _first = r =>
        {
            if (r.Method != "PATCH" || ++patches != 2)
            {
                return null;
            }

            _received.Write(r.Body, 0, 1500); // the rest was lost
            return new FakeAnswer(502);
        };
        await _client.Upload(s_blob, Client.Endpoint(registry));
        Assert.Equal(s_blob, _received.ToArray());
        Assert.Contains("GET /session/1?state=a", registry.Lines);
        Assert.Contains(registry.Requests, r => r.Header("content-range") == "5500-9499");
        Assert.Equal(1, _sessions);
    }

    [Fact]
    public async Task A_session_that_is_gone_is_opened_anew()
    {
        int patches = 0;
        using FakeServer registry = Registry();
        _first = r => r.Method == "PATCH" && ++patches == 2 ? new FakeAnswer(503) : r.Method == "GET" ? new FakeAnswer(404) : null;
        await _client.Upload(s_blob, Client.Endpoint(registry));
        Assert.Equal(2, _sessions);
        Assert.Equal(s_blob, _received.ToArray());
    }

    [Fact]
    public async Task A_registry_out_of_step_says_where_it_stands()
    {
        int patches = 0;
        using FakeServer registry = Registry();
        _first = r =>
        {
            if (r.Method != "PATCH" || ++patches != 2)
            {
                return null;
            }

            _received.SetLength(1000);
            _received.Position = 1000;
            return new FakeAnswer(416);
        };
        await _client.Upload(s_blob, Client.Endpoint(registry));
        Assert.Equal(s_blob, _received.ToArray());
    }

    [Fact]
    public async Task A_registry_without_chunks_gets_it_whole()
    {
        using FakeServer registry = Registry();
        _first = r => r.Method == "PATCH" ? new FakeAnswer(405) : null;
        await _client.Upload(s_blob, Client.Endpoint(registry));
        Assert.Equal(s_blob, registry.Requests[^1].Body);
    }

    [Fact]
    public async Task A_failure_that_stays_ends_it()
    {
        using FakeServer registry = Registry();
        _first = r => r.Method == "PATCH" ? new FakeAnswer(500) : null;
        Assert.Equal(FailureKind.Unavailable, (await Assert.ThrowsAsync<RegistryException>(() => _client.Upload(s_blob, Client.Endpoint(registry)))).Kind);
    }

    [Theory]
    [InlineData(201, true)]
    [InlineData(202, false)]
    [InlineData(405, false)]
    public async Task A_mount_is_one_request(int status, bool mounted)
    {
        using FakeServer registry = Registry();
        _first = r => r.Method == "POST" ? new FakeAnswer(status, "", "Location: /session/9") : r.Method == "DELETE" ? new FakeAnswer(204) : null;
        Assert.Equal(mounted, await _client.Registry.TryMountBlobAsync(Client.Endpoint(registry), "team/app", Client.Digest(s_blob), "other/app", Client.Cancellation));
        Assert.Equal($"POST /v2/team/app/blobs/uploads/?mount={Client.Digest(s_blob).Text}&from=other%2Fapp", registry.Lines[0]);
        Assert.Equal(status == 202, registry.Lines.Contains("DELETE /session/9"));
    }

    public void Dispose()
    {
        _client.Dispose();
        _received.Dispose();
    }

    private FakeServer Registry() => new(r =>
    {
        if (_first(r) is { } special)
        {
            return special;
        }

        string range = string.Create(CultureInfo.InvariantCulture, $"Range: 0-{Math.Max(_received.Length - 1, 0)}");
        switch (r.Method)
        {
            case "POST":
                _received.SetLength(0);
                return new FakeAnswer(202, "", string.Create(CultureInfo.InvariantCulture, $"Location: /session/{++_sessions}?state=a"));
            case "PATCH":
                if (!r.Header("content-range")!.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{_received.Length}-"), StringComparison.Ordinal))
                {
                    return new FakeAnswer(416, "", range);
                }

                _received.Write(r.Body);
                return new FakeAnswer(202, "", $"Location: {r.Target}", string.Create(CultureInfo.InvariantCulture, $"Range: 0-{_received.Length - 1}"));
            case "GET":
                return new FakeAnswer(204, "", range);
            default:
                return new FakeAnswer(201);
        }
    });
}
