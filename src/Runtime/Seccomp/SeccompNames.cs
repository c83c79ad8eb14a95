using OciSpec;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Seccomp;

/// <summary>The words of a profile (config-linux.md, seccomp) and what they are to the kernel; <see cref="KnownValues"/> lists them.</summary>
internal static class SeccompNames
{
    /// <summary>MAX_ERRNO of linux/err.h: the kernel lowers what a filter returns above it to it.</summary>
    private const uint MaxErrno = 4095;

    /// <summary>SECCOMP_FILTER_FLAG_* of a flag, or 0 where there is no such flag.</summary>
    internal static uint Flag(string name) => name switch
    {
        "SECCOMP_FILTER_FLAG_TSYNC" => SECCOMP_FILTER_FLAG_TSYNC,
        "SECCOMP_FILTER_FLAG_LOG" => SECCOMP_FILTER_FLAG_LOG,
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW" => SECCOMP_FILTER_FLAG_SPEC_ALLOW,
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" => SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
        _ => 0,
    };

    /// <summary>The operator of a name; false where there is no such operator.</summary>
    internal static bool TryOperator(string name, out SeccompOperator op)
    {
        op = name switch
        {
            "SCMP_CMP_NE" => SeccompOperator.NotEqual,
            "SCMP_CMP_LT" => SeccompOperator.Less,
            "SCMP_CMP_LE" => SeccompOperator.LessOrEqual,
            "SCMP_CMP_EQ" => SeccompOperator.Equal,
            "SCMP_CMP_GE" => SeccompOperator.GreaterOrEqual,
            "SCMP_CMP_GT" => SeccompOperator.Greater,
            "SCMP_CMP_MASKED_EQ" => SeccompOperator.MaskedEqual,
            _ => (SeccompOperator)(-1),
        };
        return op >= 0;
    }

    /// <summary>What a filter returns for an action; an errno that the action cannot carry is an error, as the specification demands.</summary>
    /// <param name="rule">Index of the rule that the values stand in, or -1 for the profile's default.</param>
    /// <param name="name">The action, or null.</param>
    /// <param name="errno">The errno, or null: EPERM then.</param>
    /// <exception cref="ConfigException">The action is missing or unknown, or the errno is not its.</exception>
    internal static uint Action(int rule, string? name, uint? errno)
    {
        uint action = name switch
        {
            "SCMP_ACT_ALLOW" => SECCOMP_RET_ALLOW,
            "SCMP_ACT_ERRNO" => SECCOMP_RET_ERRNO,
            "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD" => SECCOMP_RET_KILL_THREAD,
            "SCMP_ACT_KILL_PROCESS" => SECCOMP_RET_KILL_PROCESS,
            "SCMP_ACT_TRAP" => SECCOMP_RET_TRAP,
            "SCMP_ACT_TRACE" => SECCOMP_RET_TRACE,
            "SCMP_ACT_LOG" => SECCOMP_RET_LOG,
            "SCMP_ACT_NOTIFY" => SECCOMP_RET_USER_NOTIF,
            null => throw ActionError(rule, "no seccomp action is given"),
            _ => throw ActionError(rule, $"no such seccomp action as {name}: {string.Join(", ", KnownValues.SeccompActions)}"),
        };
        if (action is not (SECCOMP_RET_ERRNO or SECCOMP_RET_TRACE))
        {
            return errno == null ? action : throw ErrnoError(rule, $"{name} carries no errno: SCMP_ACT_ERRNO and SCMP_ACT_TRACE do");
        }

        uint most = action == SECCOMP_RET_ERRNO ? MaxErrno : SECCOMP_RET_DATA;
        return errno is not { } value || value <= most
            ? action | (errno ?? (uint)Errno.EPERM)
            : throw ErrnoError(rule, $"{errno} is above {most}, the most that {name} carries");
    }

    /// <summary>An error at a place in a rule.</summary>
    internal static ConfigException RuleError(int rule, string property, string detail) =>
        new($"/linux/seccomp/syscalls/{rule}/{property}", detail);

    private static ConfigException ActionError(int rule, string detail) =>
        rule < 0 ? new("/linux/seccomp/defaultAction", detail) : RuleError(rule, "action", detail);

    private static ConfigException ErrnoError(int rule, string detail) =>
        rule < 0 ? new("/linux/seccomp/defaultErrnoRet", detail) : RuleError(rule, "errnoRet", detail);
}
