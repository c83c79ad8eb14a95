using System.Net.Http;

namespace CctlImages.Registry;

/// <summary>The Link header of a list in pages (RFC 8288): <c>&lt;/v2/a/tags/list?n=100&amp;last=b&gt;; rel="next"</c>.</summary>
internal static class LinkHeader
{
    /// <summary>The next page; null on the last.</summary>
    public static Uri? Next(HttpResponseMessage response, Uri current)
    {
        if (!response.Headers.NonValidated.TryGetValues("Link", out var values))
        {
            return null;
        }

        foreach (string value in values)
        {
            int open = value.IndexOf('<', StringComparison.Ordinal);
            int close = value.IndexOf('>', StringComparison.Ordinal);
            if (open >= 0 && close > open && value[close..].Replace("\"", "", StringComparison.Ordinal).Contains("rel=next", StringComparison.OrdinalIgnoreCase)
                && Uri.TryCreate(current, value[(open + 1)..close], out Uri? next))
            {
                return next;
            }
        }

        return null;
    }
}
