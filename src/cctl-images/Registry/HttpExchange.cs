using System.Net;
using System.Net.Http;

namespace CctlImages.Registry;

/// <summary>
/// Sends a request until there is an answer that counts: redirects are followed by hand, so that Authorization goes to the first
/// origin alone; what is transient is tried again. The caller owns the answer, whose body is not read.
/// </summary>
internal sealed class HttpExchange(HostTransport transport, ClientOptions options)
{
    private const int MostRedirects = 5;

    /// <summary>Largest body of a failure that is read, bytes.</summary>
    private const int LargestFailure = 64 << 10;

    /// <summary>The options that it works by.</summary>
    public ClientOptions Options => options;

    /// <summary>Sends a request.</summary>
    /// <exception cref="RegistryException">No answer, or none but refusals for now.</exception>
    public async Task<HttpResponseMessage> SendAsync(OutgoingRequest request, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            TimeSpan? asked = null;
            try
            {
                HttpResponseMessage response = await FollowAsync(request, cancellation).ConfigureAwait(false);
                if (!request.Retried || !RetryPause.IsTransient(response.StatusCode))
                {
                    return response;
                }

                using (response)
                {
                    asked = RetryPause.Asked(response, options.Clock.GetUtcNow());
                    if (attempt >= options.Attempts || asked > options.LongestPause)
                    {
                        throw await FailureOfAsync(response, cancellation).ConfigureAwait(false);
                    }
                }
            }
            catch (RegistryException e) when (request.Retried && attempt < options.Attempts && e.Kind == FailureKind.Unreachable && HttpFailure.IsTransient(e))
            {
                // Once more.
            }

            await options.Delay(asked ?? RetryPause.Backoff(attempt, options.FirstPause), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>What a refusal means. Its body is read, within bounds.</summary>
    public async Task<RegistryException> FailureOfAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        byte[] body = [];
        try
        {
            body = await ReadBodyAsync(response, LargestFailure, cancellation).ConfigureAwait(false);
        }
        catch (RegistryException)
        {
            // The status alone then has to do.
        }

        string errors = RegistryText.ErrorsOf(body);
        string said = errors.Length > 0 ? $" ({errors})" : "";
        int status = (int)response.StatusCode;
        string host = HttpFailure.Name(response.RequestMessage!.RequestUri!);
        return response.StatusCode switch
        {
            HttpStatusCode.NotFound => new RegistryException(FailureKind.NotFound, $"not found{said}"),
            HttpStatusCode.Unauthorized => new RegistryException(FailureKind.Unauthorized, $"not authorized{said}"),
            HttpStatusCode.Forbidden => new RegistryException(FailureKind.Denied, $"access denied{said}"),
            HttpStatusCode.TooManyRequests => new RegistryException(FailureKind.Unavailable, $"{host} takes no more requests for now{Wait(response)}{said}"),
            HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented => new RegistryException(FailureKind.Unsupported, $"{host} does not support this{said}"),
            HttpStatusCode.RequestEntityTooLarge => new RegistryException(FailureKind.Denied, $"{host} takes no request of this size{said}"),
            _ when RetryPause.IsTransient(response.StatusCode) => new RegistryException(FailureKind.Unavailable, $"{host} answers {status}{Wait(response)}{said}"),
            _ => new RegistryException(FailureKind.Other, $"{host} answers {status}{said}"),
        };
    }

    /// <summary>The whole body of an answer.</summary>
    /// <exception cref="RegistryException">It is longer than the limit, or was cut off.</exception>
    public async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, int limit, CancellationToken cancellation)
    {
        using var deadline = new IdleDeadline(options.IdleTimeout, cancellation);
        Uri uri = response.RequestMessage!.RequestUri!;
        long? announced = response.Content.Headers.ContentLength;
        if (announced > limit)
        {
            throw TooLong(uri, limit);
        }

        try
        {
            Stream stream = await response.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                byte[] buffer = new byte[(int)(announced ?? 4096) + 1];
                int length = 0;
                while (true)
                {
                    deadline.Restart();
                    int read = await stream.ReadAsync(buffer.AsMemory(length), deadline.Token).ConfigureAwait(false);
                    length += read;
                    if (read == 0)
                    {
                        return buffer[..length];
                    }

                    if (length > limit)
                    {
                        throw TooLong(uri, limit);
                    }

                    if (length == buffer.Length)
                    {
                        Array.Resize(ref buffer, (int)Math.Min(length * 2L, limit + 1L));
                    }
                }
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw HttpFailure.Of(e, uri, null);
        }
    }

    private async Task<HttpResponseMessage> FollowAsync(OutgoingRequest request, CancellationToken cancellation)
    {
        Uri uri = request.Uri;
        HttpMethod method = request.Method;
        for (int hop = 0; ; hop++)
        {
            HttpResponseMessage response = await OnceAsync(request, method, uri, cancellation).ConfigureAwait(false);
            if (!IsRedirect(response.StatusCode, method))
            {
                return response;
            }

            using (response)
            {
                uri = hop < MostRedirects
                    ? RedirectRules.Next(request.Uri, uri, response)
                    : throw new RegistryException(FailureKind.Protocol, $"{HttpFailure.Name(request.Uri)} redirects more than {MostRedirects} times");
            }
        }
    }

    private async Task<HttpResponseMessage> OnceAsync(OutgoingRequest request, HttpMethod method, Uri uri, CancellationToken cancellation)
    {
        using IdleDeadline? own = request.Deadline is null ? new IdleDeadline(options.IdleTimeout, cancellation) : null;
        IdleDeadline deadline = request.Deadline ?? own!;
        deadline.Restart();
        using var message = new HttpRequestMessage(method, uri);
        message.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent);
        foreach (string type in request.Accept)
        {
            message.Headers.TryAddWithoutValidation("Accept", type);
        }

        if (request.From is { } from)
        {
            message.Headers.TryAddWithoutValidation("Range", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"bytes={from}-"));
        }

        if (request.Authorization is { } authorization && RedirectRules.SameOrigin(uri, request.Uri))
        {
            message.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        message.Content = request.Content?.Invoke();
        try
        {
            return await transport.Invoker.SendAsync(message, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw (e as HttpRequestException)?.InnerException as UploadSourceException ?? (Exception)HttpFailure.Of(e, uri, transport.CertificateProblem);
        }
        finally
        {
            deadline.Stop();
        }
    }

    private static bool IsRedirect(HttpStatusCode status, HttpMethod method) => status switch
    {
        HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect => true,
        HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther => method == HttpMethod.Get || method == HttpMethod.Head,
        _ => false,
    };

    private string Wait(HttpResponseMessage response) =>
        RetryPause.Asked(response, options.Clock.GetUtcNow()) is { } wait && wait > TimeSpan.Zero
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $": it asks to wait {Math.Ceiling(wait.TotalSeconds):F0} s")
            : "";

    private static RegistryException TooLong(Uri uri, int limit) =>
        new(FailureKind.Protocol, $"{HttpFailure.Name(uri)} answers with more than {limit} bytes: that is refused");
}
