using System.Globalization;
using System.Text;

namespace Runtime.Cgroups.Systemd;

/// <summary>A container's scope and the slice it stands in, from <c>cgroupsPath</c> in the form <c>slice:prefix:name</c>.</summary>
/// <param name="Slice">As <c>system.slice</c>.</param>
/// <param name="Unit">As <c>cctl-web.scope</c>.</param>
internal sealed record UnitName(string Slice, string Unit)
{
    private const string Pointer = "/linux/cgroupsPath";

    /// <summary>Reads the path; empty parts get defaults: system.slice (user.slice for a user), cctl, the container's id.</summary>
    /// <exception cref="CgroupException">It has another form, or a part that is no unit's name.</exception>
    public static UnitName From(string? cgroupsPath, string id, bool rootless)
    {
        string slice = string.Empty, prefix = "cctl", name = id;
        if (!string.IsNullOrEmpty(cgroupsPath))
        {
            string[] parts = cgroupsPath.Split(':');
            if (parts.Length != 3)
            {
                throw new CgroupException(Pointer, $"{cgroupsPath}: with the systemd driver it has the form slice:prefix:name");
            }

            (slice, prefix) = (parts[0], parts[1]);
            name = parts[2].Length > 0 ? parts[2] : id;
        }

        if (slice.Length == 0)
        {
            slice = rootless ? "user.slice" : "system.slice";
        }

        if (name.EndsWith(".slice", StringComparison.Ordinal))
        {
            throw new CgroupException(Pointer, $"{name}: a container runs in a scope, not in a slice of its own");
        }

        _ = Expand(slice);
        string unit = (prefix.Length > 0 ? prefix + "-" + name : name) + ".scope";
        return unit.Length <= 255
            ? new UnitName(slice, Escape(unit))
            : throw new CgroupException(Pointer, $"{unit}: a unit's name has at most 255 characters");
    }

    /// <summary>
    /// The cgroup of a slice: dashes in its name are levels, systemd.slice(5). <c>a-b.slice</c> is
    /// <c>/a.slice/a-b.slice</c>, <c>-.slice</c> the root.
    /// </summary>
    /// <exception cref="CgroupException">It is no slice's name.</exception>
    public static string Expand(string slice)
    {
        const string Suffix = ".slice";
        if (slice == "-.slice")
        {
            return "/";
        }

        string name = slice.EndsWith(Suffix, StringComparison.Ordinal) ? slice[..^Suffix.Length] : string.Empty;
        if (name.Length == 0 || slice.Length > 255 || slice.Contains('/') || name[0] == '-' || name[^1] == '-'
            || name.Contains("--", StringComparison.Ordinal) || Escape(slice) != slice)
        {
            throw new CgroupException(Pointer, $"{slice}: a slice is named as a-b.slice");
        }

        var path = new StringBuilder();
        for (int dash = name.IndexOf('-'); dash > 0; dash = name.IndexOf('-', dash + 1))
        {
            path.Append('/').Append(name, 0, dash).Append(Suffix);
        }

        return path.Append('/').Append(slice).ToString();
    }

    /// <summary>What a unit's name cannot hold as <c>\x2b</c>, systemd.unit(5), string escaping.</summary>
    internal static string Escape(string name)
    {
        var escaped = new StringBuilder(name.Length);
        foreach (byte c in Encoding.UTF8.GetBytes(name))
        {
            bool allowed = char.IsAsciiLetterOrDigit((char)c) || c is (byte)':' or (byte)'-' or (byte)'_' or (byte)'.' or (byte)'\\' or (byte)'@';
            _ = allowed ? escaped.Append((char)c) : escaped.Append(CultureInfo.InvariantCulture, $"\\x{c:x2}");
        }

        return escaped.ToString();
    }
}
