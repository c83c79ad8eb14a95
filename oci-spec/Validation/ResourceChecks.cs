namespace OciSpec;

/// <summary>Checks of the cgroup and its resources, in a config or alone.</summary>
internal static class ResourceChecks
{
    /// <summary>The path does not climb (config-linux.md, cgroups path: runtimes may refuse values).</summary>
    public static void CgroupsPath(RuntimeConfig config, Findings findings)
    {
        ReadOnlySpan<char> path = config.Linux?.CgroupsPath;
        foreach (Range part in path.Split('/'))
        {
            if (path[part] is "..")
            {
                findings.Error("/linux/cgroupsPath", $"{Findings.Quote(config.Linux!.CgroupsPath)} must not have a \"..\" in it");
                return;
            }
        }
    }

    /// <summary>Sizes are bytes or -1, memory and swap together not less than memory, swappiness a percentage (config-linux.md, memory).</summary>
    public static void Memory(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.Resources?.Memory is not { } memory)
        {
            return;
        }

        string at = findings.ResourcesAt + "/memory";
        NotBelowMinusOne(memory.Limit, at + "/limit", findings);
        NotBelowMinusOne(memory.Reservation, at + "/reservation", findings);
        NotBelowMinusOne(memory.Swap, at + "/swap", findings);
        NotBelowMinusOne(memory.Kernel, at + "/kernel", findings);
        NotBelowMinusOne(memory.KernelTCP, at + "/kernelTCP", findings);
        if (memory.Swap > 0 && (memory.Limit is -1 || memory.Limit > memory.Swap))
        {
            findings.Error(at + "/swap", $"{memory.Swap} is memory and swap together: not less than the limit of {memory.Limit}");
        }

        if (memory.Swappiness > 100)
        {
            findings.Error(at + "/swappiness", $"{memory.Swappiness} is out of range: 0 to 100");
        }
    }

    /// <summary>Times are in the kernel's range, 0 means not set; lists have the form of cpuset(7) (config-linux.md, CPU).</summary>
    public static void Cpu(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.Resources?.Cpu is not { } cpu)
        {
            return;
        }

        string at = findings.ResourcesAt + "/cpu";
        NotBelowMinusOne(cpu.Quota, at + "/quota", findings);
        NotBelowMinusOne(cpu.RealtimeRuntime, at + "/realtimeRuntime", findings);
        if (cpu.Quota is > 0 and < 1000)
        {
            findings.Error(at + "/quota", $"{cpu.Quota} is out of range: at least 1000 microseconds, or -1 for no limit");
        }

        if (cpu.Period is (> 0 and < 1000) or > 1_000_000)
        {
            findings.Error(at + "/period", $"{cpu.Period} is out of range: 1000 to 1000000 microseconds");
        }

        if (cpu.Quota > 0 && cpu.Burst > (ulong)cpu.Quota)
        {
            findings.Error(at + "/burst", $"{cpu.Burst} is more than the quota of {cpu.Quota}");
        }

        if (cpu.Idle is not (null or 0 or 1))
        {
            findings.Error(at + "/idle", $"{cpu.Idle} is out of range: 0 or 1");
        }

        KernelList(cpu.Cpus, at + "/cpus", findings);
        KernelList(cpu.Mems, at + "/mems", findings);
    }

    /// <summary>A number of tasks, or -1 (config-linux.md, PIDs).</summary>
    public static void Pids(RuntimeConfig config, Findings findings)
        => NotBelowMinusOne(config.Linux?.Resources?.Pids?.Limit, findings.ResourcesAt + "/pids/limit", findings);

    /// <summary>Page sizes have the form that names the kernel's files; the limit is required (config-linux.md, huge page limits).</summary>
    public static void HugepageLimits(RuntimeConfig config, Findings findings)
    {
        List<LinuxHugepageLimit>? limits = config.Linux?.Resources?.HugepageLimits;
        for (int i = 0; i < limits?.Count; i++)
        {
            string at = $"{findings.ResourcesAt}/hugepageLimits/{i}";
            if (!IsPageSize(limits[i].PageSize))
            {
                findings.Error(at + "/pageSize", $"{Findings.Quote(limits[i].PageSize)} is not a page size: such as 64KB, 2MB or 1GB");
            }

            if (limits[i].Limit is null)
            {
                findings.Missing(at + "/limit", "the limit");
            }
        }
    }

    /// <summary>Priorities have an interface and a number (config-linux.md, network).</summary>
    public static void Network(RuntimeConfig config, Findings findings)
    {
        List<LinuxInterfacePriority>? priorities = config.Linux?.Resources?.Network?.Priorities;
        for (int i = 0; i < priorities?.Count; i++)
        {
            string at = $"{findings.ResourcesAt}/network/priorities/{i}";
            if (!InterfaceName.IsValid(priorities[i].Name ?? ""))
            {
                findings.Error(at + "/name", $"{Findings.Quote(priorities[i].Name)} is not the name of an interface: {InterfaceName.Rule}");
            }

            if (priorities[i].Priority is null)
            {
                findings.Missing(at + "/priority", "the priority");
            }
        }
    }

    /// <summary>Each device has a limit, and a name that is one word of the kernel's file (config-linux.md, RDMA).</summary>
    public static void Rdma(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.Resources?.Rdma is not { } rdma)
        {
            return;
        }

        foreach (KeyValuePair<string, LinuxRdma> device in rdma)
        {
            string at = JsonPointer.Append(findings.ResourcesAt + "/rdma", device.Key);
            if (device.Key.Length == 0 || device.Key.AsSpan().ContainsAny(" \t\n="))
            {
                findings.Error(at, $"{Findings.Quote(device.Key)} is not the name of a device: not empty, no white space, no \"=\"");
            }

            if (device.Value.HcaHandles is null && device.Value.HcaObjects is null)
            {
                findings.Missing(at, "hcaHandles or hcaObjects");
            }
        }
    }

    /// <summary>Keys are names of files in the cgroup's directory, not paths (config-linux.md, unified).</summary>
    public static void Unified(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.Resources?.Unified is not { } unified)
        {
            return;
        }

        foreach (string name in unified.Keys)
        {
            if (name is "" or "." or ".." || name.Contains('/', StringComparison.Ordinal))
            {
                findings.Error(JsonPointer.Append(findings.ResourcesAt + "/unified", name), $"{Findings.Quote(name)} is not the name of a file of a cgroup");
            }
        }
    }

    private static void NotBelowMinusOne(long? value, string at, Findings findings)
    {
        if (value < -1)
        {
            findings.Error(at, $"{value} is out of range: not negative, or -1 for no limit");
        }
    }

    /// <summary>The kernel parses these lists and knows more forms than ranges (strides): only their characters are checked.</summary>
    private static void KernelList(string? list, string at, Findings findings)
    {
        foreach (char c in list.AsSpan())
        {
            if (!char.IsAsciiDigit(c) && c is not (',' or '-' or ':' or '/' or ' ' or '\n'))
            {
                findings.Error(at, $"{Findings.Quote(list)} is not a list: numbers and ranges such as 0-3,7");
                return;
            }
        }
    }

    private static bool IsPageSize(string? size)
    {
        if (size is not { Length: >= 3 } || size[^1] != 'B' || size[^2] is not ('K' or 'M' or 'G') || size[0] == '0')
        {
            return false;
        }

        return !size.AsSpan()[..^2].ContainsAnyExceptInRange('0', '9');
    }
}
