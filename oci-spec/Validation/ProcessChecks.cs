namespace OciSpec;

/// <summary>Checks of the process, in a config or alone.</summary>
internal static class ProcessChecks
{
    /// <summary>The id that setuid(2) and chown(2) take as "leave it".</summary>
    private const uint NoId = uint.MaxValue;

    /// <summary>NGROUPS_MAX (limits.h): the most that setgroups(2) takes.</summary>
    private const int MostGroups = 65536;

    /// <summary>At least one argument, the program, is required (config.md, process).</summary>
    public static void Args(RuntimeConfig config, Findings findings)
    {
        if (config.Process is { Args: null or { Count: 0 } })
        {
            findings.Missing(findings.ProcessAt + "/args", "at least one argument");
        }
    }

    /// <summary>The working directory is required and absolute (config.md, process).</summary>
    public static void Cwd(RuntimeConfig config, Findings findings)
    {
        if (config.Process is not { } process)
        {
            return;
        }

        if (string.IsNullOrEmpty(process.Cwd))
        {
            findings.Missing(findings.ProcessAt + "/cwd", "the working directory");
        }
        else if (process.Cwd[0] != '/')
        {
            findings.Error(findings.ProcessAt + "/cwd", $"{Findings.Quote(process.Cwd)} is not an absolute path");
        }
    }

    /// <summary>Entries are NAME=value with a name, environ(7) (config.md, process). As runc: names may have any characters.</summary>
    public static void Env(RuntimeConfig config, Findings findings)
    {
        List<string>? env = config.Process?.Env;
        for (int i = 0; i < env?.Count; i++)
        {
            if (env[i].IndexOf('=', StringComparison.Ordinal) <= 0)
            {
                findings.Error($"{findings.ProcessAt}/env/{i}", $"{Findings.Quote(env[i])} is not NAME=value");
            }
        }
    }

    /// <summary>Rows and columns are required and 16 bits wide (struct winsize, ioctl_tty(2)); ignored without a terminal (config.md, process).</summary>
    public static void ConsoleSize(RuntimeConfig config, Findings findings)
    {
        if (config.Process is not { Terminal: true, ConsoleSize: { } size })
        {
            return;
        }

        Dimension(size.Height, "/consoleSize/height", findings);
        Dimension(size.Width, "/consoleSize/width", findings);
    }

    /// <summary>Ids are not -1, which the kernel takes as no id; the umask has permission bits only, umask(2) (config.md, user).</summary>
    public static void User(RuntimeConfig config, Findings findings)
    {
        if (config.Process?.User is not { } user)
        {
            return;
        }

        Id(user.Uid, "/user/uid", findings);
        Id(user.Gid, "/user/gid", findings);
        if (user.AdditionalGids?.Count > MostGroups)
        {
            findings.Error(findings.ProcessAt + "/user/additionalGids", $"{user.AdditionalGids.Count} groups are more than the kernel gives a process: at most {MostGroups} (NGROUPS_MAX)");
        }

        for (int i = 0; i < user.AdditionalGids?.Count; i++)
        {
            if (user.AdditionalGids[i] == NoId)
            {
                Id(NoId, $"/user/additionalGids/{i}", findings);
            }
        }

        if (user.Umask > 0b111_111_111)
        {
            findings.Error(findings.ProcessAt + "/user/umask", $"{user.Umask} is not a umask: 0 to 511 (octal 0777)");
        }
    }

    /// <summary>
    /// A capability that the kernel does not have, or that another set rules out (capset(2), capabilities(7)), is a
    /// warning and not an error: it is not granted (config.md, Linux process).
    /// </summary>
    public static void Capabilities(RuntimeConfig config, Findings findings)
    {
        if (config.Process?.Capabilities is not { } sets)
        {
            return;
        }

        ulong bounding = Set(sets.Bounding, "bounding", ulong.MaxValue, "", findings);
        ulong permitted = Set(sets.Permitted, "permitted", ulong.MaxValue, "", findings);
        Set(sets.Effective, "effective", permitted, "permitted", findings);
        ulong inheritable = Set(sets.Inheritable, "inheritable", bounding, "bounding", findings);
        Set(sets.Ambient, "ambient", permitted & inheritable, "both permitted and inheritable", findings);
    }

    /// <summary>Types are known and stand once; both limits are required, the soft one not above the hard one (config.md, POSIX process).</summary>
    public static void Rlimits(RuntimeConfig config, Findings findings)
    {
        List<Rlimit>? rlimits = config.Process?.Rlimits;
        uint seen = 0;
        for (int i = 0; i < rlimits?.Count; i++)
        {
            Rlimit rlimit = rlimits[i];
            int number = KnownValues.IndexOf(KnownValues.Rlimits, rlimit.Type ?? "");
            if (number < 0)
            {
                findings.Unknown($"{findings.ProcessAt}/rlimits/{i}/type", rlimit.Type ?? "", "a resource limit", KnownValues.Rlimits);
            }
            else if ((seen & (1u << number)) != 0)
            {
                findings.Error($"{findings.ProcessAt}/rlimits/{i}/type", $"duplicate limit {Findings.Quote(rlimit.Type)}");
            }

            seen |= number < 0 ? 0 : 1u << number;
            if (rlimit.Soft is null || rlimit.Hard is null)
            {
                findings.Missing($"{findings.ProcessAt}/rlimits/{i}/{(rlimit.Soft is null ? "soft" : "hard")}", "the limit");
            }
            else if (rlimit.Soft > rlimit.Hard)
            {
                findings.Error($"{findings.ProcessAt}/rlimits/{i}/soft", $"{rlimit.Soft} is above the hard limit of {rlimit.Hard}");
            }
        }
    }

    /// <summary>-1000 to 1000, proc_pid_oom_score_adj(5) (config.md, Linux process).</summary>
    public static void OomScoreAdj(RuntimeConfig config, Findings findings)
    {
        if (config.Process?.OomScoreAdj is < -1000 or > 1000)
        {
            findings.Error(findings.ProcessAt + "/oomScoreAdj", $"{config.Process.OomScoreAdj} is out of range: -1000 to 1000");
        }
    }

    private static ulong Set(List<string>? names, string set, ulong allowed, string rule, Findings findings)
    {
        ulong bits = 0;
        string refused = "";
        for (int i = 0; i < names?.Count; i++)
        {
            int number = KnownValues.IndexOf(KnownValues.Capabilities, names[i]);
            if (number < 0)
            {
                findings.Warning($"{findings.ProcessAt}/capabilities/{set}/{i}", $"{Findings.Quote(names[i])} is not a capability that is known: it is not granted{DidYouMean(names[i])}");
                continue;
            }

            ulong bit = 1UL << number;
            if ((allowed & bit) == 0 && (bits & bit) == 0)
            {
                refused = refused.Length == 0 ? names[i] : refused + ", " + names[i];
            }

            bits |= bit;
        }

        if (refused.Length > 0) // callers' default configs have some of these: one warning a set, not one a name
        {
            findings.Warning($"{findings.ProcessAt}/capabilities/{set}", $"{refused}: not {rule}, and so not granted");
        }

        return bits;
    }

    private static void Id(uint? id, string at, Findings findings)
    {
        if (id == NoId)
        {
            findings.Error(findings.ProcessAt + at, $"{NoId} is not an id: 0 to {NoId - 1}");
        }
    }

    private static void Dimension(ulong? value, string at, Findings findings)
    {
        if (value is null)
        {
            findings.Missing(findings.ProcessAt + at, "the size");
        }
        else if (value > ushort.MaxValue)
        {
            findings.Error(findings.ProcessAt + at, $"{value} is out of range: 0 to {ushort.MaxValue}");
        }
    }

    private static string DidYouMean(string name)
    {
        string full = name.StartsWith("CAP_", StringComparison.OrdinalIgnoreCase) ? name : "CAP_" + name;
        return NearestName.Find(full, KnownValues.Capabilities, NearestName.Slip(full)) is string near ? $": did you mean {near}?" : "";
    }
}
