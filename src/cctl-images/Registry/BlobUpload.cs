using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using OciSpec.Image;

namespace CctlImages.Registry;

/// <summary>One blob on its way to a registry (distribution-spec, pushing blobs): a session that POST opens, PATCH fills and PUT closes.</summary>
internal sealed class BlobUpload(EndpointConnection connection, string repository, ContentDigest digest, IUploadSource source)
{
    private const long SmallerChunk = 8 << 20;

    private readonly ClientOptions _options = connection.Options;
    private long _chunk = connection.Options.ChunkSize;
    private string _scope = "";
    private Uri? _session;
    private long _done;
    private bool _begun;
    private bool _unsure;

    /// <summary>A body of no bytes: some servers want a length with every POST.</summary>
    public static HttpContent Empty() => new ByteArrayContent([]);

    /// <summary>Uploads it.</summary>
    public async Task RunAsync(string scope, CancellationToken cancellation)
    {
        _scope = scope;
        bool whole = source.Length <= _options.MonolithicLimit && source.Length <= _chunk;
        for (int failures = 0; ;)
        {
            long before = _done;
            try
            {
                if (_unsure)
                {
                    await AskPositionAsync(cancellation).ConfigureAwait(false);
                }

                if (_session is null)
                {
                    await OpenAsync(cancellation).ConfigureAwait(false);
                }

                while (!whole && _done < source.Length)
                {
                    await PatchAsync(cancellation).ConfigureAwait(false);
                }

                await PutAsync(whole, cancellation).ConfigureAwait(false);
                return;
            }
            catch (RegistryException e) when (e.Kind == FailureKind.Unsupported && !whole && _done == 0)
            {
                whole = true; // no PATCH there
                _session = null;
            }
            catch (RegistryException e) when (HttpFailure.IsTransient(e) || (_begun && e.Kind == FailureKind.Unreachable))
            {
                failures = _done > before ? 1 : failures + 1;
                if (failures >= _options.Attempts)
                {
                    throw;
                }

                await _options.Delay(RetryPause.Backoff(failures, _options.FirstPause), cancellation).ConfigureAwait(false);
                _session = whole ? null : _session;
                _unsure = _session is not null;
            }
        }
    }

    /// <summary>Tells the registry that nothing comes; it would find out by itself, later.</summary>
    public static async Task AbandonAsync(EndpointConnection connection, Uri? session, string scope, CancellationToken cancellation)
    {
        if (session is null)
        {
            return;
        }

        try
        {
            using HttpResponseMessage _ = await connection.SendAsync(new OutgoingRequest(HttpMethod.Delete, session) { Scopes = [scope], Retried = false }, cancellation).ConfigureAwait(false);
        }
        catch (RegistryException)
        {
            // It expires.
        }
    }

    private async Task OpenAsync(CancellationToken cancellation)
    {
        Uri uri = await connection.UrlAsync($"{repository}/blobs/uploads/", cancellation).ConfigureAwait(false);
        using HttpResponseMessage response = await connection.SendAsync(new OutgoingRequest(HttpMethod.Post, uri) { Scopes = [_scope], Content = Empty }, cancellation).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Accepted)
        {
            throw await connection.FailureOfAsync(response, cancellation).ConfigureAwait(false);
        }

        if (response.Headers.NonValidated.TryGetValues("OCI-Chunk-Min-Length", out var values)
            && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out long least) && least > _chunk)
        {
            _chunk = least;
        }

        _session = SessionOf(response, uri);
        _begun = true;
        _done = 0;
    }

    private async Task PatchAsync(CancellationToken cancellation)
    {
        long offset = _done;
        long length = Math.Min(_chunk, source.Length - offset);
        using var deadline = new IdleDeadline(_options.IdleTimeout, cancellation);
        var request = new OutgoingRequest(HttpMethod.Patch, _session!)
        {
            Scopes = [_scope],
            Retried = false,
            Deadline = deadline,
            Content = () =>
            {
                var content = new UploadContent(source, offset, length, deadline);
                content.Headers.TryAddWithoutValidation("Content-Range", string.Create(CultureInfo.InvariantCulture, $"{offset}-{offset + length - 1}"));
                return content;
            },
        };
        using HttpResponseMessage response = await connection.SendAsync(request, cancellation).ConfigureAwait(false);
        switch (response.StatusCode)
        {
            case HttpStatusCode.Accepted or HttpStatusCode.NoContent or HttpStatusCode.Created:
                _done = Received(response) is { } received && (received > 0 || offset + length > 1) ? received : offset + length;
                _session = SessionOf(response, _session!);
                if (_done <= offset || _done > source.Length)
                {
                    throw new RegistryException(FailureKind.Protocol, $"{connection.Endpoint.Host} has {_done} bytes of the {offset + length} that it was sent");
                }

                break;
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                // Out of step: where it stands it says itself.
                await AskPositionAsync(cancellation).ConfigureAwait(false);
                if (_session is null || _done == offset)
                {
                    throw await connection.FailureOfAsync(response, cancellation).ConfigureAwait(false);
                }

                break;
            case HttpStatusCode.RequestEntityTooLarge when length > SmallerChunk:
                _chunk = SmallerChunk; // a proxy before it takes no longer ones
                break;
            default:
                throw await connection.FailureOfAsync(response, cancellation).ConfigureAwait(false);
        }
    }

    private async Task PutAsync(bool whole, CancellationToken cancellation)
    {
        using var deadline = new IdleDeadline(_options.IdleTimeout, cancellation);
        string query = _session!.Query.TrimStart('?');
        Uri uri = new UriBuilder(_session) { Query = $"{query}{(query.Length > 0 ? "&" : "")}digest={Uri.EscapeDataString(digest.Text)}" }.Uri;
        var request = new OutgoingRequest(HttpMethod.Put, uri)
        {
            Scopes = [_scope],
            Retried = false,
            Deadline = deadline,
            Content = whole ? () => new UploadContent(source, 0, source.Length, deadline) : Empty,
        };
        using HttpResponseMessage response = await connection.SendAsync(request, cancellation).ConfigureAwait(false);
        if (response.StatusCode is not (HttpStatusCode.Created or HttpStatusCode.NoContent or HttpStatusCode.OK))
        {
            throw await connection.FailureOfAsync(response, cancellation).ConfigureAwait(false);
        }
    }

    // Where the registry stands. A session that it does not know any more is over, and the next attempt opens a new one.
    private async Task AskPositionAsync(CancellationToken cancellation)
    {
        using HttpResponseMessage response = await connection.SendAsync(new OutgoingRequest(HttpMethod.Get, _session!) { Scopes = [_scope] }, cancellation).ConfigureAwait(false);
        bool known = response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.OK or HttpStatusCode.Accepted;
        if (known && Received(response) is { } received && received <= source.Length)
        {
            _done = received;
            _session = RedirectRules.Location(response, _session!) is null ? _session : SessionOf(response, _session!);
        }
        else
        {
            _session = null;
            _done = 0;
        }

        _unsure = false;
    }

    // Range of an upload is `0-LAST`, inclusive, without a unit; `0-0` is what Docker's registry says of none.
    private static long? Received(HttpResponseMessage response)
    {
        if (!response.Headers.NonValidated.TryGetValues("Range", out var values))
        {
            return null;
        }

        string text = values.First().Trim();
        text = text.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase) ? text[6..] : text;
        return text.StartsWith("0-", StringComparison.Ordinal) && long.TryParse(text.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out long last)
            ? last == 0 ? 0 : last + 1
            : null;
    }

    private Uri SessionOf(HttpResponseMessage response, Uri current) =>
        RedirectRules.Location(response, current) is { } location
            ? RedirectRules.Checked(current, location)
            : throw new RegistryException(FailureKind.Protocol, $"{connection.Endpoint.Host} does not say where to upload to");
}
