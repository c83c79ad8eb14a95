using System.Globalization;
using OciSpec;
using Runtime.Linux;
using Runtime.Linux.Files;

namespace Runtime.Exec;

/// <summary>
/// USER[:GROUP] by the guest's own passwd(5) and group(5), read as its own files. A number is 32 bits without a sign and
/// not the last one, which setresuid(2) takes for "unchanged" (CVE-2024-40635 and its like made root out of overflows).
/// </summary>
public static class GuestUsers
{
    /// <summary>The user; what is not named comes from passwd, or stays as it was.</summary>
    /// <exception cref="ContainerException">No such name, or no such number.</exception>
    public static UserSpec Parse(string text, Func<string, byte[]?> read, UserSpec? own)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string userText = colon < 0 ? text : text[..colon];
        string? groupText = colon < 0 ? null : text[(colon + 1)..];
        if (userText.Length == 0 || groupText?.Length == 0)
        {
            throw new ContainerException($"--user \"{text}\": it is USER or USER:GROUP, by name or number");
        }

        bool numeric = IsNumber(userText);
        uint uid = numeric ? Number(userText, "--user") : 0;
        string[]? entry = Find(Lines(read, "etc/passwd"), fields => fields.Length >= 4 && (numeric ? Accounts.IsId(fields[2], uid) : fields[0] == userText));
        if (!numeric)
        {
            uid = entry is null ? throw new ContainerException($"--user {text}: the guest's /etc/passwd has no user \"{userText}\"") : Number(entry[2], "/etc/passwd");
        }

        uint gid = groupText is not null ? Group($"--user {text}", groupText, read) : entry is not null ? Number(entry[3], "/etc/passwd") : 0;
        return new UserSpec
        {
            Uid = uid,
            Gid = gid,
            Umask = own?.Umask,
            AdditionalGids = groupText is null && entry is not null ? Memberships(entry[0], gid, read) : null,
        };
    }

    /// <summary>Reads files of a guest by its root on the host.</summary>
    public static Func<string, byte[]?> Files(string guestRoot) => unsafePath =>
    {
        if (Root.TryOpen(guestRoot, Links.Followed, out Root? opened) != Errno.OK)
        {
            return null;
        }

        using Root root = opened!;
        return root.TryRead(unsafePath, Accounts.LongestFile, out byte[] bytes) == Errno.OK ? bytes : null;
    };

    /// <summary>The further groups of a user who is known by the id alone.</summary>
    public static List<uint> GroupsOf(uint uid, Func<string, byte[]?> read) =>
        Find(Lines(read, "etc/passwd"), fields => fields.Length >= 4 && Accounts.IsId(fields[2], uid)) is { } entry ? Memberships(entry[0], Number(entry[3], "/etc/passwd"), read) : [];

    /// <summary>A user's home; <c>/</c> where the guest does not know the user.</summary>
    public static string HomeOf(uint uid, Func<string, byte[]?> read) =>
        Find(Lines(read, "etc/passwd"), fields => fields.Length >= 6 && Accounts.IsId(fields[2], uid)) is { } entry && entry[5].Length > 0 && !entry[5].Contains('\0', StringComparison.Ordinal) ? entry[5] : "/";

    /// <summary>An id: decimal digits only, 0 to 4294967294.</summary>
    /// <exception cref="ContainerException">It is none.</exception>
    public static uint Number(string text, string where) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint value) && value != uint.MaxValue
            ? value
            : throw new ContainerException($"{where} {text}: not an id: a number from 0 to 4294967294");

    private static bool IsNumber(string text) => text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0 || text[0] is '-' or '+';

    /// <summary>A group's id, by name or number.</summary>
    /// <exception cref="ContainerException">No such name, or no such number.</exception>
    public static uint Group(string option, string text, Func<string, byte[]?> read)
    {
        if (IsNumber(text))
        {
            return Number(text, option);
        }

        string[]? entry = Find(Lines(read, "etc/group"), fields => fields.Length >= 3 && fields[0] == text);
        return entry is null ? throw new ContainerException($"{option}: the guest's /etc/group has no group \"{text}\"") : Number(entry[2], "/etc/group");
    }

    private static List<uint> Memberships(string user, uint primary, Func<string, byte[]?> read)
    {
        var groups = new List<uint>();
        foreach (string[] fields in Lines(read, "etc/group"))
        {
            if (fields.Length >= 4 && Array.IndexOf(fields[3].Split(','), user) >= 0 && Number(fields[2], "/etc/group") is uint gid && gid != primary)
            {
                groups.Add(gid);
            }
        }

        return groups;
    }

    private static IEnumerable<string[]> Lines(Func<string, byte[]?> read, string unsafePath) => Accounts.Lines(read(unsafePath) ?? []);

    private static string[]? Find(IEnumerable<string[]> lines, Predicate<string[]> match)
    {
        foreach (string[] fields in lines)
        {
            if (match(fields))
            {
                return fields;
            }
        }

        return null;
    }
}
