using System.Globalization;
using System.Net;
using System.Net.Http;

namespace CctlImages.Registry;

/// <summary>How long to wait before another attempt.</summary>
internal static class RetryPause
{
    private static readonly TimeSpan s_longestBackoff = TimeSpan.FromSeconds(10);

    /// <summary>Whether an answer says that a later attempt may succeed.</summary>
    public static bool IsTransient(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or (HttpStatusCode)425
            or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>The pause after an attempt, doubling, with up to a quarter off so that clients do not come back all at once.</summary>
    /// <param name="attempt">Attempts so far, from 1.</param>
    /// <param name="first">The first pause.</param>
    public static TimeSpan Backoff(int attempt, TimeSpan first)
    {
        double seconds = Math.Min(first.TotalSeconds * Math.Pow(2, Math.Min(attempt - 1, 16)), s_longestBackoff.TotalSeconds);
        return TimeSpan.FromSeconds(seconds * (1 - (Random.Shared.NextDouble() / 4)));
    }

    /// <summary>What Retry-After asks for (RFC 9110, 10.2.3): seconds or a date; null without one, or where it is neither.</summary>
    public static TimeSpan? Asked(HttpResponseMessage response, DateTimeOffset now)
    {
        if (!response.Headers.NonValidated.TryGetValues("Retry-After", out var values))
        {
            return null;
        }

        string text = values.First().Trim();
        if (text.Length is > 0 and <= 9 && !text.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return TimeSpan.FromSeconds(int.Parse(text, CultureInfo.InvariantCulture));
        }

        return DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            ? (date > now ? date - now : TimeSpan.Zero)
            : null;
    }
}
