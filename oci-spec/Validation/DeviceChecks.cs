namespace OciSpec;

/// <summary>Checks of device nodes and of the device filter.</summary>
internal static class DeviceChecks
{
    /// <summary>Highest major number: 12 bits (makedev(3); MINORBITS in the kernel's kdev_t.h).</summary>
    private const long HighestMajor = 0xfff;

    /// <summary>Highest minor number: 20 bits.</summary>
    private const long HighestMinor = 0xfffff;

    /// <summary>Type and path are known and absolute, numbers in range and there unless a fifo, and one path is one device (config-linux.md, devices).</summary>
    public static void Devices(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.Devices is not { Count: > 0 } devices)
        {
            return;
        }

        var byPath = new Dictionary<string, LinuxDevice>(devices.Count, StringComparer.Ordinal);
        for (int i = 0; i < devices.Count; i++)
        {
            LinuxDevice device = devices[i];
            string at = $"/linux/devices/{i}";
            if (KnownValues.IndexOf(KnownValues.DeviceTypes, device.Type ?? "") < 0)
            {
                findings.Unknown(at + "/type", device.Type ?? "", "a device type", KnownValues.DeviceTypes);
            }
            else if (device.Type != "p")
            {
                Number(device.Major, HighestMajor, at + "/major", findings);
                Number(device.Minor, HighestMinor, at + "/minor", findings);
            }

            Path(device, byPath, at, findings);
            Mode(device, at, findings);
            Id(device.Uid, at + "/uid", findings);
            Id(device.Gid, at + "/gid", findings);
        }
    }

    /// <summary>Rules say allow or deny; type and access are known letters, numbers in range or -1 (config-linux.md, allowed device list).</summary>
    public static void Rules(RuntimeConfig config, Findings findings)
    {
        List<LinuxDeviceCgroup>? rules = config.Linux?.Resources?.Devices;
        for (int i = 0; i < rules?.Count; i++)
        {
            LinuxDeviceCgroup rule = rules[i];
            string at = $"{findings.ResourcesAt}/devices/{i}";
            if (rule.Allow is null)
            {
                findings.Missing(at + "/allow", "allow or deny");
            }

            if (!string.IsNullOrEmpty(rule.Type) && KnownValues.IndexOf(KnownValues.DeviceRuleTypes, rule.Type) < 0)
            {
                findings.Unknown(at + "/type", rule.Type, "a device type", KnownValues.DeviceRuleTypes);
            }

            if (rule.Access.AsSpan().ContainsAnyExcept("rwm"))
            {
                findings.Error(at + "/access", $"{Findings.Quote(rule.Access)} is not an access: letters of r, w and m");
            }

            RuleNumber(rule.Major, HighestMajor, at + "/major", findings);
            RuleNumber(rule.Minor, HighestMinor, at + "/minor", findings);
        }
    }

    private static void Path(LinuxDevice device, Dictionary<string, LinuxDevice> byPath, string at, Findings findings)
    {
        if (string.IsNullOrEmpty(device.Path))
        {
            findings.Missing(at + "/path", "the path in the container");
        }
        else if (device.Path[0] != '/')
        {
            findings.Error(at + "/path", $"{Findings.Quote(device.Path)} is not an absolute path");
        }
        else if (NamesDirectory(device.Path))
        {
            findings.Error(at + "/path", $"{Findings.Quote(device.Path)} names no device: a path to a file, such as /dev/NAME");
        }
        else if (byPath.TryGetValue(device.Path, out LinuxDevice? other))
        {
            if (other.Type != device.Type || other.Major != device.Major || other.Minor != device.Minor)
            {
                findings.Error(at + "/path", $"{Findings.Quote(device.Path)} is the path of another device too");
            }
        }
        else
        {
            byPath.Add(device.Path, device);
        }
    }

    /// <summary>The root, whatever leads to it, and /dev itself: there is a directory, or no name for a device.</summary>
    private static bool NamesDirectory(string path)
    {
        int depth = 0;
        ReadOnlySpan<char> first = default;
        foreach (Range range in path.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> part = path.AsSpan()[range];
            if (part is ".." && depth > 0)
            {
                depth--;
            }
            else if (part is not ("" or "." or ".."))
            {
                first = depth++ == 0 ? part : first;
            }
        }

        return depth == 0 || (depth == 1 && first is "dev") || path.AsSpan(path.LastIndexOf('/') + 1) is "" or "." or "..";
    }

    /// <summary>Callers that copy st_mode leave its file type in, which is harmless when it is the device's own.</summary>
    private static void Mode(LinuxDevice device, string at, Findings findings)
    {
        uint type = device.Type switch { "b" => 0x6000u, "p" => 0x1000u, _ => 0x2000u }; // S_IFBLK, S_IFIFO, S_IFCHR
        uint beyond = (device.FileMode ?? 0) & ~0b111_111_111_111u;
        if (beyond != 0 && beyond != type)
        {
            findings.Error(at + "/fileMode", $"{device.FileMode} is not a mode: 0 to 4095 (octal 07777)");
        }
    }

    private static void Id(uint? id, string at, Findings findings)
    {
        if (id == uint.MaxValue)
        {
            findings.Error(at, $"{id} is not an id: 0 to {uint.MaxValue - 1}");
        }
    }

    private static void Number(long? number, long highest, string at, Findings findings)
    {
        if (number is null)
        {
            findings.Missing(at, "the device's number");
        }
        else if (number < 0 || number > highest)
        {
            findings.Error(at, $"{number} is out of range: 0 to {highest}");
        }
    }

    private static void RuleNumber(long? number, long highest, string at, Findings findings)
    {
        if (number < -1 || number > highest)
        {
            findings.Error(at, $"{number} is out of range: 0 to {highest}, or -1 for all");
        }
    }
}
