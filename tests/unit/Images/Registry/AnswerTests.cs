using System.Globalization;
using CctlImages.Registry;

namespace Unit.Tests.Images.Registry;

/// <summary>What a registry answers is bounded, and harmless on a terminal.</summary>
public sealed class AnswerTests : IDisposable
{
    private readonly Client _client = new();

    [Fact]
    public async Task Every_kind_of_manifest_is_accepted()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(200, "{}", "Content-Type: application/vnd.oci.image.index.v1+json; charset=utf-8", "Docker-Content-Digest: sha256:x"));
        FetchedManifest manifest = await _client.Manifest(Client.Endpoint(registry));
        Assert.Equal(("application/vnd.oci.image.index.v1+json", "sha256:x"), (manifest.MediaType, manifest.DockerContentDigest));
        Assert.Equal(
            "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json",
            registry.Requests[0].Header("accept"));
    }

    [Fact]
    public async Task A_manifest_over_4_mebibytes_is_refused()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(200, new byte[(4 << 20) + 1]));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"more than {4 << 20} bytes"), (await _client.ManifestFails(Client.Endpoint(registry))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_without_end_are_refused()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(200, "{}", "X: " + new string('a', 70 << 10)));
        Assert.Contains("headers that are too long", (await _client.ManifestFails(Client.Endpoint(registry))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}""", "not found (MANIFEST_UNKNOWN: manifest unknown)")]
    [InlineData("""{"errors":[{"code":"A","message":"\u001b[31m\r\n"},{"code":"B"},{"message":"c"},{},{}]}""", @"not found (A: \x1b[31m\x0d\x0a; B; c; and 2 more)")]
    [InlineData("""{"errors":[]}""", "not found")]
    [InlineData("<html>no</html>", "not found")]
    [InlineData("", "not found")]
    public async Task A_registrys_errors_are_one_line(string body, string expected)
    {
        using var registry = new FakeServer(_ => new FakeAnswer(404, body));
        Assert.Equal(expected, (await _client.ManifestFails(Client.Endpoint(registry))).Message);
    }

    [Fact]
    public async Task A_long_error_is_cut()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(404, $$"""{"errors":[{"code":"A","message":"{{new string('m', 5000)}}"}]}"""));
        Assert.Equal($"not found (A: {new string('m', 200)}…)", (await _client.ManifestFails(Client.Endpoint(registry))).Message);
    }

    [Fact]
    public async Task Tags_come_in_pages()
    {
        using var registry = new FakeServer(r => r.Target.EndsWith("/list", StringComparison.Ordinal)
            ? new FakeAnswer(200, """{"name":"team/app","tags":["a","b"]}""", "Link: </v2/team/app/tags/list?last=b&n=2>; rel=\"next\"")
            : new FakeAnswer(200, """{"name":"team/app","tags":["c"]}"""));
        Assert.Equal(["a", "b", "c"], await _client.Registry.ListTagsAsync([Client.Endpoint(registry)], "team/app", Client.Cancellation));
        Assert.Equal("GET /v2/team/app/tags/list?last=b&n=2", registry.Lines[1]);
    }

    [Theory]
    [InlineData("""{"tags":[]}""", "Link: </v2/team/app/tags/list>; rel=next")]
    [InlineData("""{"tags":["a"]}""", "Link: <http://elsewhere.example.com/>; rel=\"next\"")]
    public async Task A_list_without_end_or_elsewhere_is_refused(string body, string link)
    {
        using var registry = new FakeServer(_ => new FakeAnswer(200, body, link));
        await Assert.ThrowsAsync<RegistryException>(() => _client.Registry.ListTagsAsync([Client.Endpoint(registry)], "team/app", Client.Cancellation));
        Assert.Single(registry.Requests);
    }

    [Fact]
    public async Task A_login_is_checked_at_the_root()
    {
        using var registry = new FakeServer(_ => new FakeAnswer(200));
        await _client.Registry.CheckLoginAsync(Client.Endpoint(registry), Client.Cancellation);
    }

    public void Dispose() => _client.Dispose();
}
