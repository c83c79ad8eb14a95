using Runtime.Cgroups.Limits;
using System.Globalization;
using OciSpec;

namespace Runtime.Cgroups.Devices;

/// <summary>A rule of the device filter.</summary>
/// <param name="Allow">Allowed or denied.</param>
/// <param name="Type"><c>a</c> (both), <c>b</c> (block) or <c>c</c> (character).</param>
/// <param name="Major">Major number, −1 for all.</param>
/// <param name="Minor">Minor number, −1 for all.</param>
/// <param name="Access">The accesses that it decides on; of others it says nothing.</param>
public readonly record struct DeviceRule(bool Allow, char Type, long Major, long Minor, DeviceAccess Access)
{
    /// <summary>It decides on every access to every device.</summary>
    public bool IsTotal => Type == 'a' && Major == -1 && Minor == -1 && Access == DeviceAccess.All;

    /// <summary>Reads a rule of the config.</summary>
    /// <exception cref="CgroupException">It is malformed.</exception>
    public static DeviceRule From(LinuxDeviceCgroup rule, int index)
    {
        string pointer = string.Create(CultureInfo.InvariantCulture, $"{LimitList.Root}/devices/{index}");
        return new DeviceRule(
            rule.Allow ?? false,
            rule.Type switch
            {
                null or "" or "a" => 'a',
                "c" or "u" => 'c',
                "b" => 'b',
                _ => throw new CgroupException(pointer + "/type", $"{rule.Type}: a, b or c"),
            },
            Number(rule.Major, pointer + "/major"),
            Number(rule.Minor, pointer + "/minor"),
            AccessOf(rule.Access, pointer + "/access"));
    }

    /// <summary>As the device controller of cgroup v1 writes it: <c>allow c 1:3 rwm</c>.</summary>
    public override string ToString() => $"{(Allow ? "allow" : "deny")} {Type} {Star(Major)}:{Star(Minor)} {Letters}";

    /// <summary>The accesses as letters, in the order r, w, m.</summary>
    public string Letters => string.Concat(
        Access.HasFlag(DeviceAccess.Read) ? "r" : string.Empty,
        Access.HasFlag(DeviceAccess.Write) ? "w" : string.Empty,
        Access.HasFlag(DeviceAccess.Mknod) ? "m" : string.Empty);

    internal static string Star(long number) => number == -1 ? "*" : number.ToString(CultureInfo.InvariantCulture);

    private static long Number(long? number, string pointer) => number switch
    {
        null or -1 => -1,
        >= 0 and <= uint.MaxValue => number.Value,
        _ => throw new CgroupException(pointer, $"{number}: a device number, or -1 for all"),
    };

    private static DeviceAccess AccessOf(string? letters, string pointer)
    {
        if (string.IsNullOrEmpty(letters))
        {
            return DeviceAccess.All;
        }

        DeviceAccess access = DeviceAccess.None;
        foreach (char letter in letters)
        {
            access |= letter switch
            {
                'r' => DeviceAccess.Read,
                'w' => DeviceAccess.Write,
                'm' => DeviceAccess.Mknod,
                _ => throw new CgroupException(pointer, $"{letters}: letters of r, w and m"),
            };
        }

        return access;
    }
}
