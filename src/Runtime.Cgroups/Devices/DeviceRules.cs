using OciSpec;

namespace Runtime.Cgroups.Devices;

/// <summary>
/// The rules that hold for a container. Everything is denied; then come the config's rules in their order, and last
/// those that no config takes away, since the default devices (config-linux.md, default devices) must work:
/// mknod of anything (making a node gives no access to it), null, zero, full, random, urandom, tty, ptmx, the
/// pseudo-terminals, and net/tun, whose use the network namespace confines. The same set as runc's.
/// </summary>
public static class DeviceRules
{
    private static ReadOnlySpan<(char Type, short Major, short Minor, byte Access)> Always =>
        new (char, short, short, byte)[]
        {
            ('c', -1, -1, (byte)DeviceAccess.Mknod),
            ('b', -1, -1, (byte)DeviceAccess.Mknod),
            ('c', 1, 3, (byte)DeviceAccess.All), // null
            ('c', 1, 5, (byte)DeviceAccess.All), // zero
            ('c', 1, 7, (byte)DeviceAccess.All), // full
            ('c', 1, 8, (byte)DeviceAccess.All), // random
            ('c', 1, 9, (byte)DeviceAccess.All), // urandom
            ('c', 5, 0, (byte)DeviceAccess.All), // tty
            ('c', 5, 2, (byte)DeviceAccess.All), // ptmx
            ('c', 136, -1, (byte)DeviceAccess.All), // pts/*
            ('c', 10, 200, (byte)DeviceAccess.All), // net/tun
        };

    /// <summary>
    /// All rules, the last that matches an access deciding it; the first is total. What an earlier total rule makes
    /// moot is left out.
    /// </summary>
    /// <exception cref="CgroupException">A rule is malformed.</exception>
    public static List<DeviceRule> For(List<LinuxDeviceCgroup>? config)
    {
        var rules = new List<DeviceRule>(16) { new(Allow: false, 'a', -1, -1, DeviceAccess.All) };
        for (int i = 0; i < config?.Count; i++)
        {
            Add(rules, DeviceRule.From(config[i], i));
        }

        if (!(rules.Count == 1 && rules[0].Allow))
        {
            foreach ((char type, short major, short minor, byte access) in Always)
            {
                Add(rules, new DeviceRule(Allow: true, type, major, minor, (DeviceAccess)access));
            }
        }

        return rules;
    }

    private static void Add(List<DeviceRule> rules, DeviceRule rule)
    {
        if (rule.IsTotal)
        {
            rules.Clear();
        }

        rules.Add(rule);
    }
}
