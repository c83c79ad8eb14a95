namespace Runtime.Namespaces.Resolution;

/// <summary>Paths inside a guest's root as the config writes them; links are not looked at.</summary>
public static class GuestPath
{
    /// <summary>The parts of a path without empty ones, "." and "..": ".." at the root stays at the root.</summary>
    public static string[] Parts(string unsafePath)
    {
        string[] raw = unsafePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        int count = 0;
        foreach (string part in raw)
        {
            if (part == "..")
            {
                count = Math.Max(0, count - 1);
            }
            else if (part != ".")
            {
                raw[count++] = part;
            }
        }

        return count == raw.Length ? raw : raw[..count];
    }

    /// <summary>The parts with one slash between them, and none at the ends; empty for the root.</summary>
    public static string Relative(string? unsafePath) => string.Join('/', Parts(unsafePath ?? string.Empty));

    /// <summary>The same with a slash in front.</summary>
    public static string Absolute(string? unsafePath) => "/" + Relative(unsafePath);
}
