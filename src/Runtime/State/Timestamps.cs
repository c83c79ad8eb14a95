using System.Globalization;

namespace Runtime.State;

/// <summary>Times as state documents and logs spell them.</summary>
public static class Timestamps
{
    /// <summary>The present time: RFC 3339 in UTC with nine digits after the point (the clock is read in units of 100 ns).</summary>
    public static string Now() => DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);
}
