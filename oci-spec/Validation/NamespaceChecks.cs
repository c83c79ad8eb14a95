namespace OciSpec;

/// <summary>Checks of namespaces and of what lives in one.</summary>
internal static class NamespaceChecks
{
    /// <summary>Longest host or domain name, bytes: __NEW_UTS_LEN, sethostname(2).</summary>
    private const int LongestName = 64;

    /// <summary>The namespace of a type that the config creates or joins; null when the container keeps the runtime's.</summary>
    public static LinuxNamespace? Find(RuntimeConfig config, string type)
    {
        List<LinuxNamespace>? namespaces = config.Linux?.Namespaces;
        for (int i = 0; i < namespaces?.Count; i++)
        {
            if (namespaces[i].Type == type)
            {
                return namespaces[i];
            }
        }

        return null;
    }

    /// <summary>Types are known and stand once; paths are absolute, an empty one means a new namespace (config-linux.md, namespaces).</summary>
    public static void Namespaces(RuntimeConfig config, Findings findings)
    {
        List<LinuxNamespace>? namespaces = config.Linux?.Namespaces;
        uint seen = 0;
        for (int i = 0; i < namespaces?.Count; i++)
        {
            string type = namespaces[i].Type ?? "";
            int number = KnownValues.IndexOf(KnownValues.NamespaceTypes, type);
            if (number < 0)
            {
                findings.Unknown($"/linux/namespaces/{i}/type", type, "a namespace type", KnownValues.NamespaceTypes);
            }
            else if ((seen & (1u << number)) != 0)
            {
                findings.Error($"/linux/namespaces/{i}/type", $"duplicate namespace {Findings.Quote(type)}");
            }

            seen |= number < 0 ? 0 : 1u << number;
            if (!string.IsNullOrEmpty(namespaces[i].Path) && namespaces[i].Path![0] != '/')
            {
                findings.Error($"/linux/namespaces/{i}/path", $"{Findings.Quote(namespaces[i].Path)} is not an absolute path");
            }
        }
    }

    /// <summary>A host name needs a uts namespace of the container's, and fits (config.md, hostname; sethostname(2)).</summary>
    public static void Hostname(RuntimeConfig config, Findings findings) => UtsName(config, config.Hostname, "/hostname", findings);

    /// <summary>A domain name needs a uts namespace of the container's, and fits (config.md, domainname; setdomainname(2)).</summary>
    public static void Domainname(RuntimeConfig config, Findings findings) => UtsName(config, config.Domainname, "/domainname", findings);

    /// <summary>Clocks are known, nanoseconds below a second, and the time namespace is a new one: the kernel sets offsets of no other (config-linux.md, offset for time namespace; time_namespaces(7)).</summary>
    public static void TimeOffsets(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.TimeOffsets is not { Count: > 0 } offsets)
        {
            return;
        }

        LinuxNamespace? time = Find(config, "time");
        if (time is null || !string.IsNullOrEmpty(time.Path))
        {
            findings.Error("/linux/timeOffsets", time is null ? "offsets need a time namespace" : "offsets of a time namespace that is joined cannot be set");
        }

        foreach (KeyValuePair<string, LinuxTimeOffset> offset in offsets)
        {
            string at = JsonPointer.Append("/linux/timeOffsets", offset.Key);
            if (KnownValues.IndexOf(KnownValues.TimeOffsetClocks, offset.Key) < 0)
            {
                findings.Unknown(at, offset.Key, "a clock that has an offset", KnownValues.TimeOffsetClocks);
            }

            if (offset.Value.Nanosecs > 999_999_999)
            {
                findings.Error(at + "/nanosecs", $"{offset.Value.Nanosecs} is out of range: 0 to 999999999");
            }
        }
    }

    /// <summary>Only parameters of a namespace that the container has: any other would change the host's (config-linux.md, sysctl).</summary>
    public static void Sysctl(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.Sysctl is not { } sysctl)
        {
            return;
        }

        foreach ((string name, string value) in sysctl)
        {
            string? path = SysctlName.ToPath(name);
            string? type = path is null ? null : SysctlName.NamespaceOf(path);
            if (path is null)
            {
                findings.Error(JsonPointer.Append("/linux/sysctl", name), $"{Findings.Quote(name)} is not the name of a kernel parameter: names separated by dots");
            }
            else if (type is null)
            {
                findings.Error(JsonPointer.Append("/linux/sysctl", name), "the parameter is the whole host's: only those of the ipc, network, uts and user namespaces can be set");
            }
            else if (Find(config, type) is null)
            {
                findings.Error(JsonPointer.Append("/linux/sysctl", name), $"the parameter is the host's: it needs the container to have its own {type} namespace");
            }
            else if (Differs(path, "kernel/hostname", value, config.Hostname) || Differs(path, "kernel/domainname", value, config.Domainname))
            {
                findings.Error(JsonPointer.Append("/linux/sysctl", name), "the config has a property of its own for this, and it is set to something else");
            }
        }
    }

    /// <summary>Devices need a network namespace of the container's; names are valid and no two end up the same (config-linux.md, network devices).</summary>
    public static void NetDevices(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.NetDevices is not { Count: > 0 } devices)
        {
            return;
        }

        if (Find(config, "network") is null)
        {
            findings.Error("/linux/netDevices", "network devices need the container to have its own network namespace");
        }

        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (KeyValuePair<string, LinuxNetDevice> device in devices)
        {
            string at = JsonPointer.Append("/linux/netDevices", device.Key);
            string name = string.IsNullOrEmpty(device.Value.Name) ? device.Key : device.Value.Name;
            if (!InterfaceName.IsValid(device.Key))
            {
                findings.Error(at, $"{Findings.Quote(device.Key)} is not the name of an interface: {InterfaceName.Rule}");
            }
            else if (!InterfaceName.IsValid(name))
            {
                findings.Error(at + "/name", $"{Findings.Quote(name)} is not the name of an interface: {InterfaceName.Rule}");
            }
            else if (!name.Contains("%d", StringComparison.Ordinal) && !taken.Add(name))
            {
                findings.Error(at + "/name", $"{Findings.Quote(name)} is the name of another device in the container");
            }
        }
    }

    private static bool Differs(string path, string parameter, string value, string? property) =>
        path == parameter && !string.IsNullOrEmpty(property) && value != property;

    private static void UtsName(RuntimeConfig config, string? name, string at, Findings findings)
    {
        if (string.IsNullOrEmpty(name))
        {
            return;
        }

        if (Find(config, "uts") is null)
        {
            findings.Error(at, $"{Findings.Quote(name)} cannot be set: the container needs its own uts namespace");
        }
        else if (System.Text.Encoding.UTF8.GetByteCount(name) > LongestName)
        {
            findings.Error(at, $"{Findings.Quote(name)} is too long: at most {LongestName} bytes");
        }
    }
}
