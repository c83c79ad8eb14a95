namespace Runtime.Cgroups.Limits;

/// <summary>JSON pointers, RFC 6901.</summary>
internal static class Pointer
{
    /// <summary>A key as a part of a pointer.</summary>
    public static string Escape(string key) =>
        key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
