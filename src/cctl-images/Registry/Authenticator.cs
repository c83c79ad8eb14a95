using System.Net;
using System.Net.Http;
using System.Text;
using CctlImages.Credentials;
using OciSpec;

namespace CctlImages.Registry;

/// <summary>
/// Answers a registry's challenges (distribution's token specification, RFC 7617). One is of one host and one caller; tokens are kept
/// by their scopes until they expire. Where a registry asks for a token, Basic is never sent to it: without credentials the token is
/// an anonymous one.
/// </summary>
internal sealed class Authenticator(Endpoint endpoint, HttpExchange exchange) : IDisposable
{
    private const int LargestAnswer = 1 << 20;
    private const int LongestToken = 64 << 10;
    private const int ShortestLife = 60;

    private readonly Dictionary<string, Token> _tokens = [];
    private readonly SemaphoreSlim _one = new(1, 1);
    private AuthenticationChallenge? _challenge;

    /// <summary>What to send with a request for these scopes, as far as the registry's ways are known; null for nothing.</summary>
    public async Task<string?> AuthorizationAsync(IReadOnlyList<string> scopes, CancellationToken cancellation)
    {
        if (endpoint.Credential?.RegistryToken is { Length: > 0 } given)
        {
            return "Bearer " + given;
        }

        AuthenticationChallenge? challenge = _challenge;
        return challenge is null ? null
            : challenge.Is("Basic") ? endpoint.Credential?.Basic
            : await BearerAsync(challenge, scopes, "", null, cancellation).ConfigureAwait(false);
    }

    /// <summary>Learns from a 401.</summary>
    /// <param name="unauthorized">The answer.</param>
    /// <param name="used">The Authorization that was not good enough; null for none.</param>
    /// <param name="scopes">The request's scopes.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What to send instead; null where there is nothing.</returns>
    public async Task<string?> AnswerAsync(HttpResponseMessage unauthorized, string? used, IReadOnlyList<string> scopes, CancellationToken cancellation)
    {
        List<AuthenticationChallenge> challenges = Challenges(unauthorized);
        AuthenticationChallenge? bearer = challenges.Find(c => c.Is("Bearer") && c["realm"] is { Length: > 0 });
        if (bearer is not null && endpoint.Credential?.RegistryToken is not { Length: > 0 })
        {
            _challenge = bearer;
            return await BearerAsync(bearer, scopes, bearer["scope"] ?? "", used, cancellation).ConfigureAwait(false);
        }

        AuthenticationChallenge? basic = challenges.Find(c => c.Is("Basic"));
        if (basic is null || bearer is not null || endpoint.Credential is not { HasPassword: true } credential || used == credential.Basic)
        {
            return null;
        }

        _challenge = basic;
        return credential.Basic;
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private static List<AuthenticationChallenge> Challenges(HttpResponseMessage response)
    {
        var all = new List<AuthenticationChallenge>();
        if (response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var values))
        {
            foreach (string value in values)
            {
                all.AddRange(AuthenticationChallenge.Parse(value));
            }
        }

        return all;
    }

    private async Task<string?> BearerAsync(AuthenticationChallenge challenge, IReadOnlyList<string> scopes, string asked, string? refused, CancellationToken cancellation)
    {
        // What the registry asks for counts beside what the request is known to need: some name no scope, some too small a one.
        var wanted = new SortedSet<string>(scopes, StringComparer.Ordinal);
        wanted.UnionWith(asked.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        string key = string.Join(' ', scopes);
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_tokens.TryGetValue(key, out Token? kept) && kept.Authorization != refused && kept.Expires > exchange.Options.Clock.GetUtcNow())
            {
                return kept.Authorization;
            }

            Token token = await FetchAsync(challenge, wanted, cancellation).ConfigureAwait(false);
            _tokens[key] = token;
            return token.Authorization;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<Token> FetchAsync(AuthenticationChallenge challenge, IReadOnlyCollection<string> scopes, CancellationToken cancellation)
    {
        Uri realm = Realm(challenge["realm"]!);
        Credential? credential = endpoint.Credential;
        bool refresh = credential?.IdentityToken is { Length: > 0 };
        DateTimeOffset asked = exchange.Options.Clock.GetUtcNow();
        using HttpResponseMessage response = await exchange.SendAsync(
            refresh ? Refresh(realm, challenge, scopes, credential!) : Get(realm, challenge, scopes, credential), cancellation).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            RegistryException failure = await exchange.FailureOfAsync(response, cancellation).ConfigureAwait(false);
            bool refused = response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
            throw new RegistryException(refused ? FailureKind.Unauthorized : failure.Kind, refused ? failure.Message : $"the token server: {failure.Message}", failure);
        }

        byte[] body = await exchange.ReadBodyAsync(response, LargestAnswer, cancellation).ConfigureAwait(false);
        return Read(body, realm, asked);
    }

    /// <summary>Reads a token server's answer.</summary>
    /// <exception cref="RegistryException">There is no token in it.</exception>
    internal static Token Read(ReadOnlySpan<byte> body, Uri realm, DateTimeOffset asked)
    {
        TokenAnswer answer;
        try
        {
            answer = JsonInput.Parse(body, JsonDocuments.ReadTokenAnswer);
        }
        catch (ConfigException e)
        {
            throw new RegistryException(FailureKind.Protocol, $"the token server {HttpFailure.Name(realm)} does not answer with a token: {RegistryText.Safe(e.Message)}", e);
        }

        string token = answer.Token is { Length: > 0 } named ? named : answer.AccessToken ?? "";
        if (token.Length is 0 or > LongestToken || token.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw new RegistryException(FailureKind.Protocol, $"the token server {HttpFailure.Name(realm)} does not answer with a token");
        }

        long life = Math.Clamp(answer.ExpiresIn ?? ShortestLife, ShortestLife, int.MaxValue);
        // A tenth of it earlier: a request takes its time, and clocks differ.
        return new Token("Bearer " + token, asked.AddSeconds(life * 0.9));
    }

    private Uri Realm(string text)
    {
        if (text.Length > 4096 || !Uri.TryCreate(text, UriKind.Absolute, out Uri? realm) || realm.Scheme is not ("http" or "https") || realm.UserInfo.Length > 0)
        {
            throw new RegistryException(FailureKind.Protocol, $"{endpoint.Host} sends for a token to {RegistryText.Quote(text)}, which is not a url of http or https");
        }

        return realm.Scheme == "https" || endpoint.AllowsHttp
            ? realm
            : throw new RegistryException(FailureKind.Protocol, $"{endpoint.Host} sends for a token to http://{HttpFailure.Name(realm)}: without TLS that is not asked");
    }

    private static OutgoingRequest Get(Uri realm, AuthenticationChallenge challenge, IReadOnlyCollection<string> scopes, Credential? credential)
    {
        var query = new StringBuilder(realm.Query.TrimStart('?'));
        void Add(string name, string value) => query.Append(query.Length > 0 ? "&" : "").Append(name).Append('=').Append(Uri.EscapeDataString(value));
        if (credential is { HasPassword: true })
        {
            Add("account", credential.User);
        }

        if (challenge["service"] is { Length: > 0 } service)
        {
            Add("service", service);
        }

        foreach (string scope in scopes)
        {
            Add("scope", scope);
        }

        return new OutgoingRequest(HttpMethod.Get, new UriBuilder(realm) { Query = query.ToString() }.Uri)
        {
            Authorization = credential is { HasPassword: true } ? credential.Basic : null,
        };
    }

    // The token server takes an identity token by OAuth 2's form alone (RFC 6749, 6).
    private static OutgoingRequest Refresh(Uri realm, AuthenticationChallenge challenge, IReadOnlyCollection<string> scopes, Credential credential)
    {
        var form = new List<KeyValuePair<string, string>>
        {
            new("grant_type", "refresh_token"),
            new("refresh_token", credential.IdentityToken),
            new("client_id", "cctl"),
        };
        if (challenge["service"] is { Length: > 0 } service)
        {
            form.Add(new("service", service));
        }

        if (scopes.Count > 0)
        {
            form.Add(new("scope", string.Join(' ', scopes)));
        }

        return new OutgoingRequest(HttpMethod.Post, realm) { Content = () => new FormUrlEncodedContent(form) };
    }

    /// <summary>A token.</summary>
    /// <param name="Authorization">The header's value.</param>
    /// <param name="Expires">When it is no longer to be used.</param>
    internal sealed record Token(string Authorization, DateTimeOffset Expires);
}
