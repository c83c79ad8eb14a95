using System.Globalization;
using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>The user namespace in which a container is set up, for those who explain a failure: which ids it maps, and in whose words.</summary>
/// <param name="Users">Its mapping of users; null where it is not known.</param>
/// <param name="Groups">Its mapping of groups; null where it is not known.</param>
/// <param name="Words">Which namespace it is, for messages.</param>
/// <param name="IsMade">Whether it is made by the config's own mappings.</param>
internal sealed record GuestIds(List<IdMapping>? Users, List<IdMapping>? Groups, string Words, bool IsMade)
{
    /// <summary>That of a config: its own, the one that it joins, or else the one that cctl runs in.</summary>
    public static GuestIds Of(ResolvedConfig config)
    {
        if (config.Namespaces.Makes(CLONE_NEWUSER))
        {
            return new(OrNull(config.Config.Linux?.UidMappings), OrNull(config.Config.Linux?.GidMappings), "the user namespace", IsMade: true);
        }

        if (config.Namespaces.Find(CLONE_NEWUSER) is { } joined)
        {
            string? member = Member(joined.Path);
            return member is null
                ? new(null, null, string.Empty, IsMade: false)
                : new(Read(member + "/uid_map"), Read(member + "/gid_map"), $"the user namespace {joined.Path}", IsMade: false);
        }

        // A process that enters a running container is in the user namespace of that.
        const string Proc = "/proc/", Root = "/root";
        string process = config.RootPath.StartsWith(Proc, StringComparison.Ordinal) && config.RootPath.EndsWith(Root, StringComparison.Ordinal) ? config.RootPath[..^Root.Length] : "/proc/self";
        return new(Read(process + "/uid_map"), Read(process + "/gid_map"), "the user namespace that cctl runs in", IsMade: false);
    }

    /// <summary>A mapping as uid_map and gid_map of proc(5) have it; null where it cannot be read.</summary>
    public static List<IdMapping>? Read(string file)
    {
        if (FileText.TryReadString(AT_FDCWD, file) is not { } text)
        {
            return null;
        }

        var mappings = new List<IdMapping>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] numbers = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (numbers.Length == 3 && Number(numbers[0]) is { } inside && Number(numbers[1]) is { } outside && Number(numbers[2]) is { } size)
            {
                mappings.Add(new() { ContainerID = inside, HostID = outside, Size = size });
            }
        }

        return mappings;
    }

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;

    private static List<IdMapping>? OrNull(List<IdMapping>? mappings) => mappings is { Count: > 0 } ? mappings : null;

    // A namespace does not show its mappings, and whoever is in it does.
    private static string? Member(string path)
    {
        if (Sys.TryStatx(AT_FDCWD, path, 0, out statx wanted) != Errno.OK)
        {
            return null;
        }

        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (char.IsAsciiDigit(directory[^1]) && Sys.TryStatx(AT_FDCWD, directory + "/ns/user", 0, out statx status) == Errno.OK && status.stx_ino == wanted.stx_ino)
            {
                return directory;
            }
        }

        return null;
    }
}
