using System.Net;
using System.Net.Http;
using OciSpec;
using OciSpec.Image;

namespace CctlImages.Registry;

/// <summary>
/// Speaks the distribution specification (OCI 1.1, and Docker's registry HTTP API V2 before it). Reading asks the endpoints that it is
/// given one after the other, mirrors first; writing asks the registry itself. Safe for several callers at once.
/// </summary>
internal sealed partial class RegistryClient(ClientOptions options) : IDisposable
{
    /// <summary>Largest answer with tags that is read, bytes.</summary>
    private const int LargestTagPage = 4 << 20;

    private const int MostTags = 100_000;

    private static readonly string[] s_manifestTypes =
    [
        MediaTypes.Index, MediaTypes.DockerIndex, MediaTypes.Manifest, MediaTypes.DockerManifest,
    ];

    private readonly Dictionary<Endpoint, EndpointConnection> _connections = [];

    /// <summary>Fetches a manifest or index.</summary>
    /// <param name="endpoints">Whom to ask, in order.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="target">A tag or a digest.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="RegistryException">Nobody has it.</exception>
    public Task<FetchedManifest> GetManifestAsync(IReadOnlyList<Endpoint> endpoints, string repository, string target, CancellationToken cancellation) =>
        FirstOfAsync(endpoints, async endpoint =>
        {
            EndpointConnection connection = Connection(endpoint);
            string name = endpoint.Repository(repository);
            Uri uri = await connection.UrlAsync($"{name}/manifests/{target}", cancellation).ConfigureAwait(false);
            (HttpResponseMessage response, byte[] bytes) = await FetchAsync(
                connection, new OutgoingRequest(HttpMethod.Get, uri) { Accept = s_manifestTypes, Scopes = [Pull(name)] }, ImageFile.MaxManifestBytes, cancellation).ConfigureAwait(false);
            using (response)
            {
                return new FetchedManifest(bytes, response.Content.Headers.ContentType?.MediaType ?? "", Header(response, "Docker-Content-Digest"));
            }
        });

    /// <summary>The tags of a repository, in the registry's order.</summary>
    /// <exception cref="RegistryException">They cannot be had.</exception>
    public Task<List<string>> ListTagsAsync(IReadOnlyList<Endpoint> endpoints, string repository, CancellationToken cancellation) =>
        FirstOfAsync(endpoints, async endpoint =>
        {
            EndpointConnection connection = Connection(endpoint);
            string name = endpoint.Repository(repository);
            var tags = new List<string>();
            Uri? uri = await connection.UrlAsync($"{name}/tags/list", cancellation).ConfigureAwait(false);
            while (uri is not null)
            {
                (HttpResponseMessage response, byte[] page) = await FetchAsync(
                    connection, new OutgoingRequest(HttpMethod.Get, uri) { Scopes = [Pull(name)] }, LargestTagPage, cancellation).ConfigureAwait(false);
                using HttpResponseMessage owned = response;
                int before = tags.Count;
                tags.AddRange(Tags(page, endpoint));
                Uri? next = LinkHeader.Next(response, uri);
                if (tags.Count > MostTags || (next is not null && (tags.Count == before || !RedirectRules.SameOrigin(uri, next))))
                {
                    throw new RegistryException(FailureKind.Protocol, $"{endpoint.Host} lists tags without end");
                }

                uri = next;
            }

            return tags;
        });

    /// <summary>Asks whether credentials are good. Without any, whether anybody may ask.</summary>
    /// <exception cref="RegistryException">They are not, or the registry does not answer.</exception>
    public async Task CheckLoginAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        EndpointConnection connection = Connection(endpoint);
        Uri uri = await connection.UrlAsync("", cancellation).ConfigureAwait(false);
        using HttpResponseMessage response = await connection.SendAsync(new OutgoingRequest(HttpMethod.Get, uri), cancellation).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw response.StatusCode == HttpStatusCode.NotFound
                ? new RegistryException(FailureKind.Protocol, $"{endpoint.Host} is not a registry: it has no /v2/")
                : await connection.FailureOfAsync(response, cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (EndpointConnection connection in _connections.Values)
        {
            connection.Dispose();
        }
    }

    /// <summary>The connection to an endpoint, which all who ask it share.</summary>
    internal EndpointConnection Connection(Endpoint endpoint)
    {
        lock (_connections)
        {
            if (!_connections.TryGetValue(endpoint, out EndpointConnection? connection))
            {
                connection = new EndpointConnection(endpoint, options);
                _connections.Add(endpoint, connection);
            }

            return connection;
        }
    }

    internal static string Pull(string repository) => $"repository:{repository}:pull";

    private static string Push(string repository) => $"repository:{repository}:pull,push";

    /// <summary>Reads a page of tags.</summary>
    /// <exception cref="RegistryException">It is none.</exception>
    internal static List<string> Tags(ReadOnlySpan<byte> body, Endpoint endpoint)
    {
        try
        {
            return ImageFile.ParseTags(body).Tags ?? [];
        }
        catch (ConfigException e)
        {
            throw new RegistryException(FailureKind.Protocol, $"{endpoint.Host} does not answer with tags: {RegistryText.Safe(e.Message)}", e);
        }
    }

    // A body that is cut off is fetched anew. The caller owns the answer.
    private static async Task<(HttpResponseMessage Response, byte[] Body)> FetchAsync(EndpointConnection connection, OutgoingRequest request, int limit, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            HttpResponseMessage response = await connection.SendAsync(request, cancellation).ConfigureAwait(false);
            try
            {
                byte[] body = response.StatusCode == HttpStatusCode.OK
                    ? await connection.ReadBodyAsync(response, limit, cancellation).ConfigureAwait(false)
                    : throw await connection.FailureOfAsync(response, cancellation).ConfigureAwait(false);
                (HttpResponseMessage owned, response) = (response, null!);
                return (owned, body);
            }
            catch (RegistryException e) when (e.Kind == FailureKind.Unreachable && attempt < connection.Options.Attempts)
            {
                await connection.Options.Delay(RetryPause.Backoff(attempt, connection.Options.FirstPause), cancellation).ConfigureAwait(false);
            }
            finally
            {
                response?.Dispose();
            }
        }
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? values.First().Trim() : null;

    /// <summary>Asks one after the other; the last one's failure is the registry's own.</summary>
    private static async Task<T> FirstOfAsync<T>(IReadOnlyList<Endpoint> endpoints, Func<Endpoint, Task<T>> ask)
    {
        for (int i = 0; i < endpoints.Count - 1; i++)
        {
            try
            {
                return await ask(endpoints[i]).ConfigureAwait(false);
            }
            catch (RegistryException)
            {
                // The next one may have it.
            }
        }

        return await ask(endpoints[^1]).ConfigureAwait(false);
    }
}
