using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Builder;
using Runtime.Seccomp;

namespace Runtime.Launch;

/// <summary>Turns the configuration's seccomp section into what the launch plan loads.</summary>
internal static class SeccompFilters
{
    /// <summary>The filter; null without a section.</summary>
    /// <exception cref="ConfigException">The section cannot be compiled.</exception>
    public static SeccompFilter? Compile(LinuxSeccomp? seccomp)
    {
        if (seccomp is null)
        {
            return null;
        }

        CompiledSeccomp compiled = SeccompCompiler.Compile(seccomp, SeccompArchitectures.Native);
        foreach (string name in compiled.Skipped)
        {
            RuntimeLog.Write(LogLevel.Debug, $"/linux/seccomp/syscalls: \"{name}\" is unknown here: skipped");
        }

        return new SeccompFilter(compiled.Program, compiled.Flags | (compiled.NeedsListener ? (uint)Abi.SECCOMP_FILTER_FLAG_NEW_LISTENER : 0));
    }
}
