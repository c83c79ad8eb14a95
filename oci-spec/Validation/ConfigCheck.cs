namespace OciSpec;

/// <summary>What a check looks at, and so which documents it applies to.</summary>
public enum CheckScope
{
    /// <summary>A config as a whole.</summary>
    Config,

    /// <summary>A process: in a config, or alone for <c>exec</c>.</summary>
    Process,

    /// <summary>Resources: in a config, or alone for <c>update</c>.</summary>
    Resources,
}

/// <summary>A named check of a config.</summary>
/// <param name="Name">Name, words joined by dashes.</param>
/// <param name="Section">Section of the specification that it enforces.</param>
/// <param name="Scope">What it looks at.</param>
/// <param name="Run">The check.</param>
public readonly record struct ConfigCheck(string Name, string Section, CheckScope Scope, Action<RuntimeConfig, Findings> Run);
