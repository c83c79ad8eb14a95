namespace OciSpec;

/// <summary>
/// Checks the values of a config against the runtime specification 1.3, before anything is made. What depends on the
/// host (does the path exist, is the namespace of its type) is found out when it is used.
/// </summary>
public static partial class ConfigValidator
{
    /// <summary>Checks a config.</summary>
    /// <returns>Warnings that the specification wants logged: what they name is to be ignored.</returns>
    /// <exception cref="ConfigException">The first error, in the order of <see cref="Checks"/>.</exception>
    public static IReadOnlyList<ConfigProblem> Validate(RuntimeConfig config)
        => Run(config, new Findings(null), null);

    /// <summary>Checks a process alone, for <c>exec</c>; pointers start at the process.</summary>
    /// <returns>Warnings that the specification wants logged: what they name is to be ignored.</returns>
    /// <exception cref="ConfigException">The first error.</exception>
    public static IReadOnlyList<ConfigProblem> Validate(ProcessSpec process)
        => Run(new RuntimeConfig { Process = process }, new Findings(null) { ProcessAt = "" }, CheckScope.Process);

    /// <summary>Checks resources alone, for <c>update</c>; pointers start at the resources.</summary>
    /// <returns>Warnings that the specification wants logged: what they name is to be ignored.</returns>
    /// <exception cref="ConfigException">The first error.</exception>
    public static IReadOnlyList<ConfigProblem> Validate(LinuxResources resources)
        => Run(new RuntimeConfig { Linux = new LinuxSection { Resources = resources } }, new Findings(null) { ResourcesAt = "" }, CheckScope.Resources);

    /// <summary>Everything that is wrong with a config, errors and warnings.</summary>
    public static List<ConfigProblem> Collect(RuntimeConfig config)
    {
        var all = new List<ConfigProblem>();
        Run(config, new Findings(all), null);
        return all;
    }

    private static IReadOnlyList<ConfigProblem> Run(RuntimeConfig config, Findings findings, CheckScope? only)
    {
        foreach (ConfigCheck check in Checks)
        {
            if (only is null || check.Scope == only)
            {
                findings.Check = check.Name;
                check.Run(config, findings);
            }
        }

        return findings.Warnings;
    }
}
