using System.Globalization;
using System.Text;
using CctlImages.Credentials;
using CctlImages.Registry;

namespace Unit.Tests.Images.Registry;

/// <summary>The traps of registries' authentication, each by a registry that has it.</summary>
public sealed class AuthenticationTests : IDisposable
{
    private static readonly Credential s_user = new("user", "secret");
    private readonly ManualClock _clock = new();
    private readonly Client _client;
    private readonly FakeServer _tokens;
    private readonly FakeServer _registry;
    private Func<string, string> _challenge;
    private string _answer = """{"token":"TOKEN","expires_in":300}""";
    private string _good = "Bearer TOKEN";

    public AuthenticationTests()
    {
        _client = new Client(o => new ClientOptions { Delay = o.Delay, Attempts = o.Attempts, Clock = _clock });
        _tokens = new FakeServer(_ => new FakeAnswer(_answer.Length > 0 ? 200 : 401, _answer));
        _challenge = repository => $"Bearer realm=\"{_tokens.Url}/token\",service=\"the registry\",scope=\"repository:{repository}:pull\"";
        _registry = new FakeServer(r => r.Header("authorization") == _good
            ? new FakeAnswer(200, "{}")
            : new FakeAnswer(401, """{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}""", "WWW-Authenticate: " + _challenge("team/app")));
    }

    [Fact]
    public async Task A_challenge_for_a_token_without_credentials_is_answered_with_an_anonymous_token()
    {
        await _client.Manifest(Client.Endpoint(_registry));
        Assert.Equal(["GET /token?service=the%20registry&scope=repository%3Ateam%2Fapp%3Apull"], _tokens.Lines);
        Assert.Null(_tokens.Requests[0].Header("authorization"));
        Assert.Equal([null, "Bearer TOKEN"], _registry.Requests.Select(r => r.Header("authorization")));
    }

    [Fact]
    public async Task Credentials_go_to_the_token_server_and_never_to_a_registry_that_wants_tokens()
    {
        await _client.Manifest(Client.Endpoint(_registry, s_user));
        Assert.Equal(s_user.Basic, _tokens.Requests[0].Header("authorization"));
        Assert.Contains("account=user", _tokens.Lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain(_registry.Requests, r => r.Header("authorization") == s_user.Basic);
    }

    [Fact]
    public async Task A_refused_token_does_not_lead_to_Basic()
    {
        _good = "Bearer another";
        RegistryException e = await _client.ManifestFails(Client.Endpoint(_registry, s_user));
        Assert.Equal((FailureKind.Unauthorized, "not authorized (UNAUTHORIZED: authentication required)"), (e.Kind, e.Message));
        Assert.DoesNotContain(_registry.Requests, r => r.Header("authorization") == s_user.Basic);
    }

    [Fact]
    public async Task A_token_is_kept_for_its_scope_until_it_expires()
    {
        Endpoint endpoint = Client.Endpoint(_registry);
        await _client.Manifest(endpoint);
        await _client.Manifest(endpoint);
        Assert.Single(_tokens.Requests);
        await _client.Registry.GetManifestAsync([endpoint], "other/app", "1", Client.Cancellation);
        Assert.Equal(2, _tokens.Requests.Length);
        Assert.Contains("scope=repository%3Aother%2Fapp%3Apull", _tokens.Lines[1], StringComparison.Ordinal);
        _clock.Now += TimeSpan.FromSeconds(280);
        await _client.Manifest(endpoint);
        Assert.Equal(3, _tokens.Requests.Length);
        // Only the first request of all was sent to learn how.
        Assert.Single(_registry.Requests, r => r.Header("authorization") is null);
    }

    [Fact]
    public async Task Requests_side_by_side_share_a_token()
    {
        Endpoint endpoint = Client.Endpoint(_registry);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _client.Manifest(endpoint)));
        Assert.Single(_tokens.Requests);
    }

    [Fact]
    public async Task A_token_that_is_refused_before_its_time_is_fetched_anew()
    {
        Endpoint endpoint = Client.Endpoint(_registry);
        await _client.Manifest(endpoint);
        (_answer, _good) = ("""{"access_token":"SECOND"}""", "Bearer SECOND");
        await _client.Manifest(endpoint);
        Assert.Equal(2, _tokens.Requests.Length);
    }

    [Theory]
    [InlineData("Bearer realm=\"URL/token\"", "GET /token?scope=repository%3Ateam%2Fapp%3Apull")]
    [InlineData("Bearer realm=\"URL/token?tenant=7\",service=\"s\"", "GET /token?tenant=7&service=s&scope=repository%3Ateam%2Fapp%3Apull")]
    [InlineData("Bearer realm=\"URL/token\",scope=\"repository:hub/team/app:pull registry:catalog:*\"", "GET /token?scope=registry%3Acatalog%3A%2A&scope=repository%3Ahub%2Fteam%2Fapp%3Apull&scope=repository%3Ateam%2Fapp%3Apull")]
    [InlineData("Basic realm=\"r\", Bearer realm=\"URL/token\"", "GET /token?scope=repository%3Ateam%2Fapp%3Apull")]
    public async Task Challenges_with_less_or_more_are_answered(string challenge, string expected)
    {
        _challenge = _ => challenge.Replace("URL", _tokens.Url, StringComparison.Ordinal);
        await _client.Manifest(Client.Endpoint(_registry));
        Assert.Equal([expected], _tokens.Lines);
    }

    [Fact]
    public async Task An_identity_token_is_exchanged_by_OAuths_form()
    {
        await _client.Manifest(Client.Endpoint(_registry, new Credential("", "", "the identity")));
        Assert.Equal("POST /token", _tokens.Lines[0]);
        Assert.Equal("grant_type=refresh_token&refresh_token=the+identity&client_id=cctl&service=the+registry&scope=repository%3Ateam%2Fapp%3Apull", Encoding.UTF8.GetString(_tokens.Requests[0].Body));
        Assert.Null(_tokens.Requests[0].Header("authorization"));
    }

    [Fact]
    public async Task Basic_is_for_registries_that_ask_for_nothing_else()
    {
        (_challenge, _good) = (_ => "Basic realm=\"r\"", s_user.Basic);
        Endpoint endpoint = Client.Endpoint(_registry, s_user);
        await _client.Manifest(endpoint);
        await _client.Manifest(endpoint);
        Assert.Equal([null, s_user.Basic, s_user.Basic], _registry.Requests.Select(r => r.Header("authorization")));
        await _client.ManifestFails(Client.Endpoint(_registry));
        await _client.ManifestFails(Client.Endpoint(_registry, new Credential("user", "wrong")));
        Assert.Empty(_tokens.Requests);
    }

    [Fact]
    public async Task A_registry_token_is_sent_as_it_is()
    {
        _good = "Bearer given";
        await _client.Manifest(Client.Endpoint(_registry, new Credential("", "", "", "given")));
        Assert.Equal(["Bearer given"], _registry.Requests.Select(r => r.Header("authorization")));
        Assert.Empty(_tokens.Requests);
    }

    [Theory]
    [InlineData("ftp://example.com/token", "which is not a url of http or https")]
    [InlineData("http://user:pw@example.com/token", "which is not a url of http or https")]
    [InlineData("\\u001b[31m", "which is not a url of http or https")]
    public async Task A_realm_that_is_no_url_is_refused(string realm, string expected)
    {
        _challenge = _ => $"Bearer realm=\"{realm}\"";
        RegistryException e = await _client.ManifestFails(Client.Endpoint(_registry, s_user));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"token":""}""")]
    [InlineData("""{}""")]
    [InlineData("""{"token":"a b"}""")]
    [InlineData("""{"token":"a\r\nX: y"}""")]
    [InlineData("""{"token":7}""")]
    [InlineData("""<html>""")]
    public async Task An_answer_without_a_token_is_said(string answer)
    {
        _answer = answer;
        RegistryException e = await _client.ManifestFails(Client.Endpoint(_registry));
        Assert.Equal(FailureKind.Protocol, e.Kind);
        Assert.StartsWith($"the token server {_tokens.Host} does not answer with a token", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_servers_refusal_is_not_being_authorized()
    {
        _answer = "";
        Assert.Equal(FailureKind.Unauthorized, (await _client.ManifestFails(Client.Endpoint(_registry, s_user))).Kind);
    }

    [Fact]
    public async Task An_answer_of_more_than_a_mebibyte_is_refused()
    {
        _answer = $$"""{"token":"{{new string('a', 1 << 20)}}"}""";
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"more than {1 << 20} bytes"), (await _client.ManifestFails(Client.Endpoint(_registry))).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _client.Dispose();
        _tokens.Dispose();
        _registry.Dispose();
    }
}
