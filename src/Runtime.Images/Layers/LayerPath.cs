using Runtime.Images.Tar;

namespace Runtime.Images.Layers;

/// <summary>Names of entries as paths inside a layer.</summary>
internal static class LayerPath
{
    /// <summary>The name without slashes at its ends, <c>.</c> and empty parts; empty: the root itself. As tar and docker do it, a leading slash goes.</summary>
    /// <exception cref="TarException">It climbs.</exception>
    internal static string Of(string unsafeName, string entry)
    {
        if (IsClean(unsafeName))
        {
            return unsafeName;
        }

        var parts = new List<string>();
        foreach (string part in unsafeName.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                throw new TarException(entry, "its path leads out of the layer: it has a \"..\"");
            }

            if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    /// <summary>The directory that a path is in, and its last name.</summary>
    internal static (string Directory, string Name) Split(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash < 0 ? ("", path) : (path[..slash], path[(slash + 1)..]);
    }

    private static bool IsClean(string name) =>
        name.Length > 0 && name[0] is not ('/' or '.') && name[^1] != '/' && !name.Contains("//", StringComparison.Ordinal) && !name.Contains("/.", StringComparison.Ordinal);
}
