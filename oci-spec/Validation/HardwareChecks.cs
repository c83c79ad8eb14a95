namespace OciSpec;

/// <summary>Checks of what depends on the machine: resctrl, memory nodes, execution domain.</summary>
internal static class HardwareChecks
{
    /// <summary>The group's name is one directory (<c>/</c> is the root group); lines are lines (config-linux.md, IntelRdt).</summary>
    public static void IntelRdt(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.IntelRdt is not { } rdt)
        {
            return;
        }

        if (rdt.ClosID is "." or ".." || (rdt.ClosID is { Length: > 1 } && rdt.ClosID.AsSpan().ContainsAny("/\n")))
        {
            findings.Error("/linux/intelRdt/closID", $"{Findings.Quote(rdt.ClosID)} is not the name of a group: one directory below the root, or \"/\" for the root");
        }

        for (int i = 0; i < rdt.Schemata?.Count; i++)
        {
            if (rdt.Schemata[i].Contains('\n', StringComparison.Ordinal))
            {
                findings.Error($"/linux/intelRdt/schemata/{i}", $"{Findings.Quote(rdt.Schemata[i])} is more than one line");
            }
        }

        if (!string.IsNullOrEmpty(rdt.MemBwSchema)
            && (!rdt.MemBwSchema.StartsWith("MB:", StringComparison.Ordinal) || rdt.MemBwSchema.Contains('\n', StringComparison.Ordinal)))
        {
            findings.Error("/linux/intelRdt/memBwSchema", $"{Findings.Quote(rdt.MemBwSchema)} is not one line that starts with \"MB:\"");
        }
    }

    /// <summary>Mode and flags are known, and go together with the nodes as set_mempolicy(2) has it (config-linux.md, memory policy).</summary>
    public static void MemoryPolicy(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.MemoryPolicy is not { } policy)
        {
            return;
        }

        const string At = "/linux/memoryPolicy";
        if (string.IsNullOrEmpty(policy.Mode))
        {
            findings.Missing(At + "/mode", "the mode");
            return;
        }

        if (KnownValues.IndexOf(KnownValues.MemoryPolicyModes, policy.Mode) < 0)
        {
            findings.Unknown(At + "/mode", policy.Mode, "a memory policy mode", KnownValues.MemoryPolicyModes);
        }

        for (int i = 0; i < policy.Flags?.Count; i++)
        {
            if (KnownValues.IndexOf(KnownValues.MemoryPolicyFlags, policy.Flags[i]) < 0)
            {
                findings.Unknown($"{At}/flags/{i}", policy.Flags[i], "a memory policy flag", KnownValues.MemoryPolicyFlags);
            }
        }

        var ranges = new List<(int, int)>();
        if (!NumberList.TryParse(policy.Nodes, ranges))
        {
            findings.Error(At + "/nodes", $"{Findings.Quote(policy.Nodes)} is not a list of memory nodes: numbers and ranges such as 0-3,7");
        }
        else
        {
            Combination(policy, ranges.Count > 0, At, findings);
        }
    }

    /// <summary>The domain is known; no flag is defined (config-linux.md, personality).</summary>
    public static void Personality(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.Personality is not { } personality)
        {
            return;
        }

        if (string.IsNullOrEmpty(personality.Domain))
        {
            findings.Missing("/linux/personality/domain", "the domain");
        }
        else if (KnownValues.IndexOf(KnownValues.PersonalityDomains, personality.Domain) < 0)
        {
            findings.Unknown("/linux/personality/domain", personality.Domain, "an execution domain", KnownValues.PersonalityDomains);
        }

        if (personality.Flags is { Count: > 0 } flags)
        {
            findings.Error("/linux/personality/flags/0", $"{Findings.Quote(flags[0])} is not a flag: none is defined");
        }
    }

    private static void Combination(LinuxMemoryPolicy policy, bool nodes, string at, Findings findings)
    {
        bool onStatic = policy.Flags?.Contains("MPOL_F_STATIC_NODES") == true;
        bool onRelative = policy.Flags?.Contains("MPOL_F_RELATIVE_NODES") == true;
        bool balancing = policy.Flags?.Contains("MPOL_F_NUMA_BALANCING") == true;
        bool without = policy.Mode is "MPOL_DEFAULT" or "MPOL_LOCAL";
        if (nodes && without)
        {
            findings.Error(at + "/nodes", $"{Findings.Quote(policy.Nodes)} is not for {policy.Mode}, which takes no nodes");
        }
        else if (!nodes && !without && policy.Mode is not "MPOL_PREFERRED")
        {
            findings.Missing(at + "/nodes", "at least one memory node");
        }

        if (onStatic && onRelative)
        {
            findings.Error(at + "/flags", "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
        }
        else if ((onStatic || onRelative || balancing) && !nodes)
        {
            findings.Error(at + "/flags", "flags say what nodes mean, and there are none");
        }
        else if (balancing && policy.Mode is not ("MPOL_BIND" or "MPOL_PREFERRED_MANY"))
        {
            findings.Error(at + "/flags", "MPOL_F_NUMA_BALANCING is only for MPOL_BIND and MPOL_PREFERRED_MANY");
        }
    }
}
