using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using Runtime.Seccomp;

namespace Runtime.Launch;

/// <summary>Turns the configuration's seccomp section into what the launch plan loads.</summary>
internal static class SeccompFilters
{
    /// <summary>The filter; null without a section.</summary>
    /// <param name="seccomp">The section.</param>
    /// <param name="warns">Whether a rule for a misspelt call is a warning: it is one at `create`, which every `exec` need not repeat.</param>
    /// <exception cref="ConfigException">The section cannot be compiled.</exception>
    public static SeccompFilter? Compile(LinuxSeccomp? seccomp, bool warns = false)
    {
        if (seccomp is null)
        {
            return null;
        }

        CompiledSeccomp compiled = SeccompCompiler.Compile(seccomp, SeccompArchitectures.Native);
        foreach (string name in compiled.Skipped)
        {
            if (warns && MisspeltCall.Nearest(name) is string near)
            {
                RuntimeLog.Warn($"/linux/seccomp/syscalls: there is no system call \"{name}\", and no rule for it: did you mean {near}?");
                continue;
            }

            RuntimeLog.Write(LogLevel.Debug, $"/linux/seccomp/syscalls: \"{name}\" is unknown here: skipped");
        }

        return new SeccompFilter(compiled.Program, compiled.Flags | (compiled.NeedsListener ? (uint)Abi.SECCOMP_FILTER_FLAG_NEW_LISTENER : 0));
    }
}
