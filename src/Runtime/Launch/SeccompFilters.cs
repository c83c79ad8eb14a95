using OciSpec;
using Runtime.Namespaces.Builder;

namespace Runtime.Launch;

/// <summary>Turns the configuration's seccomp section into what the launch plan loads.</summary>
internal static class SeccompFilters
{
    /// <summary>The filter; null without a section.</summary>
    /// <exception cref="ConfigException">The section cannot be compiled.</exception>
    public static SeccompFilter? Compile(LinuxSeccomp? seccomp) => seccomp is null
        ? null
        : throw new ConfigException("/linux/seccomp", "filters are not there yet");
}
