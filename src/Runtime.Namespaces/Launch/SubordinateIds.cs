using System.Globalization;
using OciSpec;
using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>The ids that an ordinary user may map beside its own: /etc/subuid and /etc/subgid, subuid(5).</summary>
public static class SubordinateIds
{
    /// <summary>A mapping in which the user is root and its subordinate ids follow from 1 on.</summary>
    /// <param name="file">/etc/subuid or /etc/subgid.</param>
    /// <param name="user">The user whose ranges they are: those lines have its name or its uid.</param>
    /// <param name="own">The user's own id: its uid, or its gid.</param>
    /// <exception cref="LaunchException">The user has none.</exception>
    public static List<IdMapping> Mapping(string file, uint user, uint own)
    {
        var mapping = new List<IdMapping> { new() { ContainerID = 0, HostID = own, Size = 1 } };
        string name = NameOf(user) ?? string.Empty;
        uint next = 1;
        foreach (string[] fields in Lines(file))
        {
            if (fields is [var who, var first, var count, ..]
                && (who == name || Accounts.IsId(who, user))
                && uint.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out uint start)
                && uint.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out uint size)
                && size > 0 && uint.MaxValue - size > next)
            {
                mapping.Add(new IdMapping { ContainerID = next, HostID = start, Size = size });
                next += size;
            }
        }

        return mapping.Count > 1 ? mapping : throw new LaunchException(string.Empty, $"{file} has no ids for {(name.Length > 0 ? name : user.ToString(CultureInfo.InvariantCulture))}, which the files of an image belong to: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {name}".TrimEnd());
    }

    private static string? NameOf(uint uid) => Lines("/etc/passwd").FirstOrDefault(f => f.Length > 2 && Accounts.IsId(f[2], uid))?[0];

    private static IEnumerable<string[]> Lines(string file) =>
        FileText.TryRead(AT_FDCWD, file, out byte[] text, Accounts.LongestFile) == Errno.OK ? Accounts.Lines(text) : [];
}
