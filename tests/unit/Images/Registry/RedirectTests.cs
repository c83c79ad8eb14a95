using CctlImages.Credentials;
using CctlImages.Registry;

namespace Unit.Tests.Images.Registry;

/// <summary>Where a registry's redirects may lead, and what goes with them.</summary>
public sealed class RedirectTests : IDisposable
{
    private static readonly Credential s_user = new("user", "secret");
    private readonly Client _client = new();
    private readonly FakeServer _storage = new(_ => new FakeAnswer(200, "stored"));

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Authorization_stays_with_the_registry(int status)
    {
        using var registry = new FakeServer(r => r.Header("authorization") is null
            ? new FakeAnswer(401, "", "WWW-Authenticate: Basic realm=\"r\"")
            : new FakeAnswer(status, "", $"Location: {_storage.Url}/blob?signature=a%2Fb"));
        (byte[] bytes, _, _) = await _client.Blob([1], 0, Client.Endpoint(registry, s_user));
        Assert.Equal("stored"u8.ToArray(), bytes);
        Assert.Equal(s_user.Basic, registry.Requests[1].Header("authorization"));
        Assert.Equal("GET /blob?signature=a%2Fb", _storage.Lines.Single());
        Assert.Null(_storage.Requests[0].Header("authorization"));
    }

    [Fact]
    public async Task On_the_registrys_own_host_it_goes_along()
    {
        using var registry = new FakeServer(r => r.Header("authorization") is null ? new FakeAnswer(401, "", "WWW-Authenticate: Basic realm=\"r\"")
            : r.Path == "/other" ? new FakeAnswer(200, "stored")
            : new FakeAnswer(307, "", "Location: /other"));
        await _client.Blob([1], 0, Client.Endpoint(registry, s_user));
        Assert.Equal([null, s_user.Basic, s_user.Basic], registry.Requests.Select(r => r.Header("authorization")));
    }

    [Fact]
    public async Task A_401_of_the_storage_is_no_challenge_of_the_registrys()
    {
        using var storage = new FakeServer(_ => new FakeAnswer(401, "", "WWW-Authenticate: Basic realm=\"mine\""));
        using var registry = new FakeServer(_ => new FakeAnswer(307, "", $"Location: {storage.Url}/blob"));
        await Assert.ThrowsAsync<RegistryException>(() => _client.Blob([1], 0, Client.Endpoint(registry, s_user)));
        Assert.DoesNotContain(storage.Requests, r => r.Header("authorization") is not null);
    }

    [Fact]
    public async Task A_circle_ends()
    {
        using var registry = new FakeServer(r => new FakeAnswer(307, "", $"Location: {r.Target}"));
        Assert.Contains("redirects more than 5 times", (await _client.ManifestFails(Client.Endpoint(registry))).Message, StringComparison.Ordinal);
        Assert.Equal(6, registry.Requests.Length);
    }

    [Theory]
    [InlineData("https://registry.example.com/v2/", "http://storage.example.com/a", "leads from https to http")]
    [InlineData("https://registry.example.com/v2/", "file:///etc/passwd", "only http and https are followed")]
    [InlineData("https://registry.example.com/v2/", "https://user:pw@storage.example.com/a", "a user's name in it")]
    public void What_must_not_be_followed_is_not(string first, string next, string expected) =>
        Assert.Contains(expected, Assert.Throws<RegistryException>(() => RedirectRules.Checked(new Uri(first), new Uri(next))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("https://a.example.com/", "https://A.example.com:443/b", true)]
    [InlineData("https://a.example.com/", "https://a.example.com:8443/", false)]
    [InlineData("https://a.example.com/", "http://a.example.com:443/", false)]
    [InlineData("https://a.example.com/", "https://b.a.example.com/", false)]
    public void An_origin_is_scheme_host_and_port(string a, string b, bool same) => Assert.Equal(same, RedirectRules.SameOrigin(new Uri(a), new Uri(b)));

    public void Dispose()
    {
        _client.Dispose();
        _storage.Dispose();
    }
}
