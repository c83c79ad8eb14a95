using System.Net;
using System.Net.Http;

namespace CctlImages.Registry;

/// <summary>A registry's host as it is spoken to: its scheme, its authentication, its connections.</summary>
internal sealed class EndpointConnection : IDisposable
{
    private const int MostChallenges = 2;

    private readonly HostTransport _transport;
    private readonly HttpExchange _exchange;
    private readonly Authenticator _authenticator;
    private readonly SemaphoreSlim _one = new(1, 1);
    private Uri? _base;

    /// <summary>A connection to an endpoint; nothing is sent yet.</summary>
    public EndpointConnection(Endpoint endpoint, ClientOptions options)
    {
        Endpoint = endpoint;
        _transport = new HostTransport(endpoint, options);
        _exchange = new HttpExchange(_transport, options);
        _authenticator = new Authenticator(endpoint, _exchange);
        _base = endpoint.AllowsHttp ? null : new Uri($"https://{endpoint.Authority}/");
    }

    /// <summary>The endpoint.</summary>
    public Endpoint Endpoint { get; }

    /// <summary>The options that it works by.</summary>
    public ClientOptions Options => _exchange.Options;

    /// <summary>The URL of a path below /v2/.</summary>
    public async Task<Uri> UrlAsync(string path, CancellationToken cancellation) =>
        new(await BaseAsync(cancellation).ConfigureAwait(false), "v2/" + path);

    /// <summary>Sends a request with the caller's authorization. The caller owns the answer; it is not a 401.</summary>
    /// <exception cref="RegistryException">There is no answer, or credentials are missing or wrong.</exception>
    public async Task<HttpResponseMessage> SendAsync(OutgoingRequest request, CancellationToken cancellation)
    {
        // An upload may have been sent to another host: that one's own signature in the URL has to do.
        bool own = RedirectRules.SameOrigin(request.Uri, await BaseAsync(cancellation).ConfigureAwait(false));
        string? authorization = own ? await _authenticator.AuthorizationAsync(request.Scopes, cancellation).ConfigureAwait(false) : null;
        for (int challenges = 0; ; challenges++)
        {
            HttpResponseMessage response = await _exchange.SendAsync(request with { Authorization = authorization }, cancellation).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.Unauthorized)
            {
                return response;
            }

            using (response)
            {
                // A 401 of where it redirected to is no challenge of the registry's.
                bool asked = own && challenges < MostChallenges && RedirectRules.SameOrigin(response.RequestMessage!.RequestUri!, request.Uri);
                authorization = asked ? await _authenticator.AnswerAsync(response, authorization, request.Scopes, cancellation).ConfigureAwait(false) : null;
                if (authorization is null)
                {
                    throw await _exchange.FailureOfAsync(response, cancellation).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>What a refusal means.</summary>
    public Task<RegistryException> FailureOfAsync(HttpResponseMessage response, CancellationToken cancellation) => _exchange.FailureOfAsync(response, cancellation);

    /// <summary>The whole body of an answer.</summary>
    public Task<byte[]> ReadBodyAsync(HttpResponseMessage response, int limit, CancellationToken cancellation) => _exchange.ReadBodyAsync(response, limit, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _authenticator.Dispose();
        _transport.Dispose();
        _one.Dispose();
    }

    // Where both schemes may be: https before http for this machine, as docker has it; http before https where it was configured.
    private async Task<Uri> BaseAsync(CancellationToken cancellation)
    {
        if (_base is { } known)
        {
            return known;
        }

        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return _base ??= await ProbeAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<Uri> ProbeAsync(CancellationToken cancellation)
    {
        Uri https = new($"https://{Endpoint.Authority}/");
        Uri http = new($"http://{Endpoint.Authority}/");
        (Uri first, Uri second) = Endpoint.Insecure ? (http, https) : (https, http);
        RegistryException? failure;
        try
        {
            if (await AnswersAsync(first, cancellation).ConfigureAwait(false))
            {
                return first;
            }

            failure = null;
        }
        catch (RegistryException e) when (_transport.CertificateProblem is null && e.Kind is FailureKind.Tls or FailureKind.Unreachable or FailureKind.Protocol)
        {
            failure = e;
        }

        try
        {
            await AnswersAsync(second, cancellation).ConfigureAwait(false);
            return second;
        }
        catch (RegistryException) when (failure is null)
        {
            return first;
        }
        catch (RegistryException e)
        {
            // The first says more where the second is the same host's other port or protocol.
            throw e.Kind == FailureKind.Unreachable && failure!.Kind == FailureKind.Unreachable ? failure : e;
        }
    }

    // Without credentials, whatever the answer; but an https server answers 400 to http.
    private async Task<bool> AnswersAsync(Uri root, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await _exchange.SendAsync(new OutgoingRequest(HttpMethod.Get, new Uri(root, "v2/")) { Retried = false }, cancellation).ConfigureAwait(false);
        return root.Scheme == "https" || (response.StatusCode != HttpStatusCode.BadRequest && response.RequestMessage!.RequestUri!.Scheme == "http");
    }
}
