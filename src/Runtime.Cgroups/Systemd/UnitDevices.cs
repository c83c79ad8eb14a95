using Runtime.Cgroups.Devices;

namespace Runtime.Cgroups.Systemd;

/// <summary>
/// The device rules as DevicePolicy and DeviceAllow, systemd.resource-control(5). systemd attaches a filter of its own
/// beside ours, and both must allow: its list holds all that ours may allow, and leaves the denials to ours.
/// </summary>
internal static class UnitDevices
{
    /// <summary>The properties for rules as <see cref="DeviceRules.For"/> gives them.</summary>
    /// <param name="rules">The first is total.</param>
    /// <param name="procDevices">Text of /proc/devices: systemd knows all minors of a major by the driver's name.</param>
    public static List<UnitProperty> From(List<DeviceRule> rules, string procDevices)
    {
        if (rules[0].Allow)
        {
            return [new("DevicePolicy", "auto"), new("DeviceAllow", Array.Empty<(string, string)>())];
        }

        var entries = new List<(string, string)>();
        bool covered = true;
        foreach (DeviceRule rule in rules)
        {
            if (rule.Allow)
            {
                covered &= AddEntries(entries, rule, procDevices);
            }
        }

        // A device that has no name to systemd must not be lost to it.
        string policy = covered ? "strict" : "auto";
        (string, string)[] list = covered ? [.. entries] : [];
        return [new("DevicePolicy", policy), new("DeviceAllow", Array.Empty<(string, string)>()), .. list.Length > 0 ? [new UnitProperty("DeviceAllow", list)] : Array.Empty<UnitProperty>()];
    }

    private static bool AddEntries(List<(string, string)> entries, DeviceRule rule, string procDevices)
    {
        bool covered = true;
        foreach (char type in rule.Type == 'a' ? "bc" : rule.Type.ToString())
        {
            string kind = type == 'b' ? "block" : "char";
            string? name = rule switch
            {
                { Major: -1, Minor: -1 } => kind + "-*",
                { Major: >= 0, Minor: >= 0 } => $"/dev/{kind}/{rule.Major}:{rule.Minor}",
                { Major: >= 0 } => DriverOf(rule.Major, kind, procDevices) is { } driver ? $"{kind}-{driver}" : null,
                _ => null,
            };
            covered &= name is not null;
            if (name is not null)
            {
                entries.Add((name, rule.Letters));
            }
        }

        return covered;
    }

    // proc_devices: "Character devices:", "Block devices:", and under each "136 pts".
    private static string? DriverOf(long major, string kind, string procDevices)
    {
        bool inSection = false;
        foreach (ReadOnlySpan<char> line in procDevices.AsSpan().EnumerateLines())
        {
            if (line.EndsWith("devices:"))
            {
                inSection = line.StartsWith(kind, StringComparison.OrdinalIgnoreCase);
                continue;
            }

            ReadOnlySpan<char> entry = line.Trim();
            int space = entry.IndexOf(' ');
            if (inSection && space > 0 && long.TryParse(entry[..space], out long number) && number == major)
            {
                return entry[(space + 1)..].Trim().ToString();
            }
        }

        return null;
    }
}
