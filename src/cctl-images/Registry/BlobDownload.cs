using System.Net;
using System.Net.Http;
using OciSpec.Image;

namespace CctlImages.Registry;

/// <summary>
/// A blob on its way here. A lost connection is made again from where it broke (Range, RFC 9110, 14), as often as it gets on in
/// between; a registry that then sends the whole blob is read up to there once more. Whether the bytes are the blob's the digest says,
/// which the reader computes.
/// </summary>
internal sealed class BlobDownload : IAsyncDisposable
{
    private readonly RegistryClient _client;
    private readonly IReadOnlyList<Endpoint> _endpoints;
    private readonly string _repository;
    private readonly ContentDigest _digest;
    private int _endpoint;
    private HttpResponseMessage? _response;
    private Stream? _body;
    private long _position;
    private int _failures;
    private bool _atEnd;

    private BlobDownload(RegistryClient client, IReadOnlyList<Endpoint> endpoints, string repository, ContentDigest digest) =>
        (_client, _endpoints, _repository, _digest) = (client, endpoints, repository, digest);

    /// <summary>Where its bytes begin: the offset that was asked for, or 0 where the registry begins again.</summary>
    public long BeginsAt { get; private set; }

    /// <summary>The blob's size as the registry has it; null where it does not say.</summary>
    public long? Total { get; private set; }

    private ClientOptions Options => _client.Connection(_endpoints[_endpoint]).Options;

    /// <summary>Opens a blob.</summary>
    /// <exception cref="RegistryException">None of the endpoints has it.</exception>
    public static async Task<BlobDownload> OpenAsync(RegistryClient client, IReadOnlyList<Endpoint> endpoints, string repository, ContentDigest digest, long offset, CancellationToken cancellation)
    {
        var download = new BlobDownload(client, endpoints, repository, digest);
        for (; ; download._endpoint++)
        {
            try
            {
                download.BeginsAt = download._position = await download.ConnectAsync(offset, cancellation).ConfigureAwait(false);
                return download;
            }
            catch (RegistryException) when (download._endpoint < endpoints.Count - 1)
            {
                // The next one may have it.
            }
        }
    }

    /// <summary>Reads what comes next; 0 at the end.</summary>
    /// <exception cref="RegistryException">The connection is lost for good.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        while (!_atEnd)
        {
            try
            {
                if (_body is null)
                {
                    await ReconnectAsync(cancellation).ConfigureAwait(false);
                }

                int read = await ReadBodyAsync(buffer, cancellation).ConfigureAwait(false);
                _position += read;
                if (read > 0)
                {
                    _failures = 0;
                    return read;
                }

                if (Total is null || _position >= Total)
                {
                    _atEnd = true;
                    break;
                }

                throw new HttpIOException(HttpRequestError.ResponseEnded);
            }
            catch (Exception e) when (e is IOException or HttpRequestException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                Uri uri = _response?.RequestMessage?.RequestUri ?? new Uri($"https://{_endpoints[_endpoint].Authority}/");
                Close();
                await FailedAsync(HttpFailure.Of(e, uri, null), cancellation).ConfigureAwait(false);
            }
            catch (RegistryException e) when (IsTransient(e) || _endpoint < _endpoints.Count - 1)
            {
                Close();
                await FailedAsync(e, cancellation).ConfigureAwait(false);
            }
        }

        return 0;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    // It was there before: a registry that refuses connections now is being restarted.
    private static bool IsTransient(RegistryException e) => e.Kind is FailureKind.Unreachable or FailureKind.Unavailable;

    private async Task FailedAsync(RegistryException failure, CancellationToken cancellation)
    {
        if (++_failures < Options.Attempts && IsTransient(failure))
        {
            await Options.Delay(RetryPause.Backoff(_failures, Options.FirstPause), cancellation).ConfigureAwait(false);
            return;
        }

        if (_endpoint == _endpoints.Count - 1)
        {
            throw failure;
        }

        _endpoint++;
        _failures = 0;
    }

    private async Task ReconnectAsync(CancellationToken cancellation)
    {
        long at = await ConnectAsync(_position, cancellation).ConfigureAwait(false);
        if (at == _position || _atEnd)
        {
            return;
        }

        byte[] skipped = new byte[64 << 10];
        while (at < _position)
        {
            int read = await ReadBodyAsync(skipped.AsMemory(0, (int)Math.Min(skipped.Length, _position - at)), cancellation).ConfigureAwait(false);
            at += read > 0 ? read : throw new HttpIOException(HttpRequestError.ResponseEnded);
        }
    }

    private async ValueTask<int> ReadBodyAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (_atEnd)
        {
            return 0;
        }

        using var deadline = new IdleDeadline(Options.IdleTimeout, cancellation);
        deadline.Restart();
        return await _body!.ReadAsync(buffer, deadline.Token).ConfigureAwait(false);
    }

    // Where the body begins: what was asked for, or 0.
    private async Task<long> ConnectAsync(long offset, CancellationToken cancellation)
    {
        HttpResponseMessage response = await _client.RequestBlobAsync(_endpoints[_endpoint], _repository, _digest, offset, cancellation).ConfigureAwait(false);
        try
        {
            long begins = 0;
            switch (response.StatusCode)
            {
                case HttpStatusCode.OK:
                    SetTotal(response.Content.Headers.ContentLength);
                    break;
                case HttpStatusCode.PartialContent when offset > 0:
                    System.Net.Http.Headers.ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
                    if (range?.From is { } from && from != offset)
                    {
                        throw new RegistryException(FailureKind.Protocol, $"{_endpoints[_endpoint].Host} was asked for a blob from byte {offset} on, and sends it from {from} on");
                    }

                    begins = offset;
                    SetTotal(range?.Length ?? offset + response.Content.Headers.ContentLength);
                    break;
                case HttpStatusCode.RequestedRangeNotSatisfiable when offset > 0:
                    return await BehindEndAsync(response, offset, cancellation).ConfigureAwait(false);
                default:
                    throw await _client.Connection(_endpoints[_endpoint]).FailureOfAsync(response, cancellation).ConfigureAwait(false);
            }

            _body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            _response = response;
            response = null!;
            return begins;
        }
        finally
        {
            response?.Dispose();
        }
    }

    // 416: everything is here already, or what is here is no part of this blob.
    private async Task<long> BehindEndAsync(HttpResponseMessage response, long offset, CancellationToken cancellation)
    {
        if (response.Content.Headers.ContentRange?.Length == offset)
        {
            SetTotal(offset);
            _atEnd = true;
            return offset;
        }

        return await ConnectAsync(0, cancellation).ConfigureAwait(false);
    }

    private void SetTotal(long? total)
    {
        if (Total is { } known && total is { } now && known != now)
        {
            throw new RegistryException(FailureKind.Protocol, $"{_endpoints[_endpoint].Host} says that the blob has {now} bytes, where it had {known}");
        }

        Total ??= total;
    }

    private void Close()
    {
        _body?.Dispose();
        _response?.Dispose();
        _body = null;
        _response = null;
    }
}
