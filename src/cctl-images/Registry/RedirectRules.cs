using System.Net.Http;

namespace CctlImages.Registry;

/// <summary>Where answers may lead: elsewhere, but not from TLS to plain HTTP, and not out of HTTP.</summary>
internal static class RedirectRules
{
    /// <summary>Longest URL that is followed, characters.</summary>
    private const int Longest = 16 << 10;

    /// <summary>Whether two URLs are of one origin: scheme, host and port (RFC 6454). Only there credentials may go.</summary>
    public static bool SameOrigin(Uri a, Uri b) =>
        a.Scheme == b.Scheme && a.Port == b.Port && a.Host.Equals(b.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>The URL that a redirect leads to.</summary>
    /// <param name="first">Where the request began.</param>
    /// <param name="current">What was answered with the redirect.</param>
    /// <param name="response">The answer.</param>
    /// <exception cref="RegistryException">It leads nowhere that may be followed.</exception>
    public static Uri Next(Uri first, Uri current, HttpResponseMessage response) =>
        Location(response, current) is not { } next
            ? throw new RegistryException(FailureKind.Protocol, $"{HttpFailure.Name(current)} redirects, and does not say where to")
            : Checked(first, next);

    /// <summary>The URL in an answer's Location; null without one.</summary>
    public static Uri? Location(HttpResponseMessage response, Uri current)
    {
        if (!response.Headers.NonValidated.TryGetValues("Location", out var values))
        {
            return null;
        }

        string text = values.First().Trim();
        return text.Length is > 0 and <= Longest && Uri.TryCreate(current, text, out Uri? next) ? next : null;
    }

    /// <summary>The same URL, where one that began at <paramref name="first"/> may lead there.</summary>
    /// <exception cref="RegistryException">It may not.</exception>
    public static Uri Checked(Uri first, Uri next)
    {
        if (next.Scheme is not ("http" or "https") || next.Host.Length == 0)
        {
            throw new RegistryException(FailureKind.Protocol, $"{HttpFailure.Name(first)} redirects to {RegistryText.Quote(next.OriginalString)}: only http and https are followed");
        }

        if (first.Scheme == "https" && next.Scheme == "http")
        {
            throw new RegistryException(FailureKind.Protocol, $"{HttpFailure.Name(first)} leads from https to http://{HttpFailure.Name(next)}: that is not followed; behind a proxy of its own, a registry needs X-Forwarded-Proto");
        }

        return next.UserInfo.Length == 0 ? next : throw new RegistryException(FailureKind.Protocol, $"{HttpFailure.Name(first)} redirects to a url with a user's name in it: that is not followed");
    }
}
