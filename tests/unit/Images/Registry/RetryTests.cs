using System.Globalization;
using System.Net.Http;
using CctlImages.Registry;

namespace Unit.Tests.Images.Registry;

/// <summary>What is tried again, when, and how often.</summary>
public sealed class RetryTests : IDisposable
{
    private readonly Client _client = new();
    private int _requests;

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(429)]
    public async Task What_passes_is_tried_again_with_growing_pauses(int status)
    {
        using var registry = new FakeServer(_ => Interlocked.Increment(ref _requests) < 4 ? new FakeAnswer(status) : new FakeAnswer(200, "{}"));
        await _client.Manifest(Client.Endpoint(registry));
        Assert.Equal(3, _client.Pauses.Count);
        Assert.InRange(_client.Pauses[0].TotalSeconds, 0.375, 0.5);
        Assert.InRange(_client.Pauses[1].TotalSeconds, 0.75, 1);
        Assert.InRange(_client.Pauses[2].TotalSeconds, 1.5, 2);
    }

    [Theory]
    [InlineData(404, nameof(FailureKind.NotFound))]
    [InlineData(403, nameof(FailureKind.Denied))]
    [InlineData(400, nameof(FailureKind.Other))]
    [InlineData(405, nameof(FailureKind.Unsupported))]
    public async Task What_stays_is_not(int status, string kind)
    {
        using var registry = new FakeServer(_ => new FakeAnswer(status));
        Assert.Equal(kind, (await _client.ManifestFails(Client.Endpoint(registry))).Kind.ToString());
        Assert.Empty(_client.Pauses);
    }

    [Fact]
    public async Task It_ends_after_the_last_attempt()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(503, """{"errors":[{"code":"UNAVAILABLE","message":"later"}]}"""));
        RegistryException e = await _client.ManifestFails(Client.Endpoint(registry));
        Assert.Equal((FailureKind.Unavailable, $"{registry.Host} answers 503 (UNAVAILABLE: later)"), (e.Kind, e.Message));
        Assert.Equal(4, registry.Requests.Length);
    }

    [Fact]
    public async Task Retry_After_is_honoured()
    {
        using var registry = new FakeServer(_ => Interlocked.Increment(ref _requests) < 2 ? new FakeAnswer(429, "", "Retry-After: 7") : new FakeAnswer(200, "{}"));
        await _client.Manifest(Client.Endpoint(registry));
        Assert.Equal([TimeSpan.FromSeconds(7)], _client.Pauses);
    }

    [Fact]
    public async Task A_pause_that_is_too_long_is_said_at_once()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(429, "", "Retry-After: 3600"));
        RegistryException e = await _client.ManifestFails(Client.Endpoint(registry));
        Assert.Equal($"{registry.Host} takes no more requests for now: it asks to wait 3600 s", e.Message);
        Assert.Empty(_client.Pauses);
    }

    [Theory]
    [InlineData("5", 5)]
    [InlineData(" 0 ", 0)]
    [InlineData("Wed, 02 Jan 2030 03:04:35 GMT", 30)]
    [InlineData("Tue, 01 Jan 2030 00:00:00 GMT", 0)]
    [InlineData("-5", null)]
    [InlineData("soon", null)]
    [InlineData("99999999999", null)]
    public void Retry_After_is_seconds_or_a_date(string value, int? seconds)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("Retry-After", value);
        Assert.Equal(seconds, RetryPause.Asked(response, new ManualClock().Now)?.TotalSeconds);
    }

    [Fact]
    public async Task A_manifest_that_is_cut_off_is_fetched_anew()
    {
        using var registry = new FakeServer(_ => Interlocked.Increment(ref _requests) < 3 ? new FakeAnswer(200, "{}", "Content-Length: 9") { CutAfter = 0 } : new FakeAnswer(200, "{}"));
        await _client.Manifest(Client.Endpoint(registry));
        Assert.Equal(3, registry.Requests.Length);
    }

    [Fact]
    public async Task Nobody_listening_is_said_at_once()
    {
        var registry = new FakeServer(_ => new FakeAnswer(200));
        registry.Dispose();
        RegistryException e = await _client.ManifestFails(Client.Endpoint(registry));
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{registry.Host} refuses connections: is the registry running there, and is the port right?"), e.Message);
        Assert.Empty(_client.Pauses);
    }

    public void Dispose() => _client.Dispose();
}
