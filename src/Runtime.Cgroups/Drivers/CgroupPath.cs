namespace Runtime.Cgroups.Drivers;

/// <summary>Turns <c>/linux/cgroupsPath</c> into a path below the cgroup mount.</summary>
internal static class CgroupPath
{
    /// <summary>Where containers go whose config names no path.</summary>
    public const string DefaultParent = "cctl";

    /// <summary>The path without slashes at its ends and without empty components.</summary>
    /// <param name="cgroupsPath">As in the config.</param>
    /// <param name="id">The container's id.</param>
    /// <param name="mayMove">The path is relative to a place that the runtime chooses.</param>
    /// <exception cref="CgroupException">It holds <c>.</c> or <c>..</c>, a NUL or newline, or names the mount itself.</exception>
    public static string Resolve(string? cgroupsPath, string id, out bool mayMove)
    {
        mayMove = true;
        if (string.IsNullOrEmpty(cgroupsPath))
        {
            return string.Concat(DefaultParent, "/", id);
        }

        mayMove = cgroupsPath[0] != '/';
        string path = cgroupsPath.Trim('/');
        if (path.Length == 0)
        {
            throw Refused(cgroupsPath, "it names the root of the hierarchy, which is no container's");
        }

        if (path.AsSpan().ContainsAny('\0', '\n'))
        {
            throw new CgroupException("/linux/cgroupsPath", "a cgroup's name must not contain a NUL or a newline");
        }

        bool hasEmpty = false;
        foreach (Range range in path.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> name = path.AsSpan()[range];
            hasEmpty |= name.IsEmpty;
            if (name is "." or "..")
            {
                throw Refused(cgroupsPath, "\".\" and \"..\" are not allowed in it");
            }
        }

        while (hasEmpty && path.Contains("//", StringComparison.Ordinal))
        {
            path = path.Replace("//", "/", StringComparison.Ordinal);
        }

        return path;
    }

    private static CgroupException Refused(string path, string why) => new("/linux/cgroupsPath", $"{path}: {why}");
}
