using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>
/// Where the child sets its own limits it does so last, after `start`; what the kernel would refuse then is refused
/// before there is a child.
/// </summary>
internal static class HardRlimits
{
    /// <summary>Raising a hard limit takes CAP_SYS_RESOURCE (setrlimit(2)), which nobody here has.</summary>
    /// <exception cref="LaunchException">A limit is above the runtime's own hard limit, which the child inherits.</exception>
    public static unsafe void Require(IReadOnlyList<RlimitValue> limits)
    {
        foreach (RlimitValue limit in limits)
        {
            rlimit64 own;
            // SAFETY: the struct lies on the stack for the call.
            if (Sys.TryPrlimit(0, limit.Resource, null, &own) == Errno.OK && limit.Value.rlim_max > own.rlim_max)
            {
                throw new LaunchException(limit.Pointer, $"set the limit (prlimit) to {Word(limit.Value.rlim_max)}, above {Word(own.rlim_max)}", Errno.EPERM, Hints.For(HintKind.Rlimit, Errno.EPERM) + ": lower it, or raise the caller's" + (limit.Resource == Abi.RLIMIT_NOFILE ? ", the limit of open files (ulimit -Hn)" : " (ulimit -H)"));
            }
        }
    }

    private static string Word(ulong limit) =>
        limit == ulong.MaxValue ? "unlimited" : limit.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
