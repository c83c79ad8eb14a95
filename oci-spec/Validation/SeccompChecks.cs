namespace OciSpec;

/// <summary>Checks of the system call filter. Names of system calls are the compiler's to know.</summary>
internal static class SeccompChecks
{
    private const string At = "/linux/seccomp";

    /// <summary>Highest errno that a filter returns: the kernel's MAX_ERRNO, seccomp(2) caps there.</summary>
    private const uint HighestErrno = 4095;

    /// <summary>The default action is required and known; so are architectures and flags (config-linux.md, seccomp).</summary>
    public static void Profile(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.Seccomp is not { } seccomp)
        {
            return;
        }

        if (seccomp.DefaultAction == "SCMP_ACT_NOTIFY")
        {
            findings.Error(At + "/defaultAction", "SCMP_ACT_NOTIFY cannot be the default: the runtime's own calls would wait for the agent");
        }

        Action(seccomp.DefaultAction, At + "/defaultAction", seccomp.DefaultErrnoRet, At + "/defaultErrnoRet", findings);
        for (int i = 0; i < seccomp.Architectures?.Count; i++)
        {
            if (KnownValues.IndexOf(KnownValues.SeccompArchitectures, seccomp.Architectures[i]) < 0)
            {
                findings.Unknown($"{At}/architectures/{i}", seccomp.Architectures[i], "an architecture", KnownValues.SeccompArchitectures);
            }
        }

        for (int i = 0; i < seccomp.Flags?.Count; i++)
        {
            if (KnownValues.IndexOf(KnownValues.SeccompFlags, seccomp.Flags[i]) < 0)
            {
                findings.Unknown($"{At}/flags/{i}", seccomp.Flags[i], "a filter flag", KnownValues.SeccompFlags);
            }
        }
    }

    /// <summary>SCMP_ACT_NOTIFY needs a listener, and metadata is for a listener (config-linux.md, seccomp, <c>listenerPath</c>).</summary>
    public static void Listener(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.Seccomp is not { } seccomp || !string.IsNullOrEmpty(seccomp.ListenerPath))
        {
            return;
        }

        if (!string.IsNullOrEmpty(seccomp.ListenerMetadata))
        {
            findings.Error(At + "/listenerMetadata", "metadata is for the agent at listenerPath, and there is none");
        }

        for (int i = 0; i < seccomp.Syscalls?.Count; i++)
        {
            if (seccomp.Syscalls[i].Action == "SCMP_ACT_NOTIFY")
            {
                findings.Missing(At + "/listenerPath", $"the agent's socket for SCMP_ACT_NOTIFY in rule {i}");
                return;
            }
        }
    }

    /// <summary>Rules have names and a known action; conditions have an argument, a value and a known operator (config-linux.md, seccomp, <c>syscalls</c>).</summary>
    public static void Syscalls(RuntimeConfig config, Findings findings)
    {
        List<LinuxSyscall>? rules = config.Linux?.Seccomp?.Syscalls;
        for (int i = 0; i < rules?.Count; i++)
        {
            LinuxSyscall rule = rules[i];
            if (rule.Names is null or { Count: 0 })
            {
                findings.Missing($"{At}/syscalls/{i}/names", "at least one name");
            }
            else if (rule.Names.IndexOf("") is >= 0 and int empty)
            {
                findings.Error($"{At}/syscalls/{i}/names/{empty}", "a name must not be empty");
            }

            if (rule.ErrnoRet is not null || KnownValues.IndexOf(KnownValues.SeccompActions, rule.Action ?? "") < 0)
            {
                Action(rule.Action, $"{At}/syscalls/{i}/action", rule.ErrnoRet, $"{At}/syscalls/{i}/errnoRet", findings);
            }

            for (int j = 0; j < rule.Args?.Count; j++)
            {
                Condition(rule.Args[j], i, j, findings);
            }
        }
    }

    private static void Action(string? action, string at, uint? errno, string errnoAt, Findings findings)
    {
        if (string.IsNullOrEmpty(action))
        {
            findings.Missing(at, "the action");
        }
        else if (KnownValues.IndexOf(KnownValues.SeccompActions, action) < 0)
        {
            findings.Unknown(at, action, "a seccomp action", KnownValues.SeccompActions);
        }
        else if (errno is not null && action is not ("SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE"))
        {
            findings.Error(errnoAt, $"{action} takes no errno: only SCMP_ACT_ERRNO and SCMP_ACT_TRACE do");
        }
        else if (errno > (action == "SCMP_ACT_TRACE" ? ushort.MaxValue : HighestErrno))
        {
            findings.Error(errnoAt, $"{errno} is out of range: 0 to {(action == "SCMP_ACT_TRACE" ? ushort.MaxValue : HighestErrno)}");
        }
    }

    private static void Condition(LinuxSeccompArg arg, int rule, int index, Findings findings)
    {
        if (arg.Index is null)
        {
            findings.Missing($"{At}/syscalls/{rule}/args/{index}/index", "the argument");
        }
        else if (arg.Index > 5)
        {
            findings.Error($"{At}/syscalls/{rule}/args/{index}/index", $"{arg.Index} is out of range: 0 to 5");
        }

        if (arg.Value is null)
        {
            findings.Missing($"{At}/syscalls/{rule}/args/{index}/value", "the value");
        }

        if (KnownValues.IndexOf(KnownValues.SeccompOperators, arg.Op ?? "") < 0)
        {
            findings.Unknown($"{At}/syscalls/{rule}/args/{index}/op", arg.Op ?? "", "an operator", KnownValues.SeccompOperators);
        }
    }
}
