using System.Net.Http;

namespace CctlImages.Registry;

/// <summary>A request that can be sent again: after a redirect, a challenge or a lost connection.</summary>
/// <param name="Method">The method.</param>
/// <param name="Uri">Where to.</param>
internal sealed record OutgoingRequest(HttpMethod Method, Uri Uri)
{
    /// <summary>Media types for Accept.</summary>
    public IReadOnlyList<string> Accept { get; init; } = [];

    /// <summary>The first byte that is wanted; null for all without a Range.</summary>
    public long? From { get; init; }

    /// <summary>Makes the body, anew for each attempt; null for none.</summary>
    public Func<HttpContent>? Content { get; init; }

    /// <summary>Scopes of a token, as <c>repository:NAME:pull</c>.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>Authorization header for the URL's own origin; null for none.</summary>
    public string? Authorization { get; init; }

    /// <summary>Whether a failure is tried again here; false where the caller first has to look how far it came.</summary>
    public bool Retried { get; init; } = true;

    /// <summary>Lets a body keep the deadline away as long as it gets on.</summary>
    public IdleDeadline? Deadline { get; init; }
}
