using System.Globalization;
using System.Text;
using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: limits, the score for the time when memory runs out, and the scheduling of a restored thread. Over the host
/// without a user namespace, CAP_SYS_RESOURCE and CAP_SYS_NICE let a guest change them; else the configuration has the say.
/// </summary>
internal sealed class RestoredLimits
{
    private const int CAP_SYS_NICE = 23;
    private const int CAP_SYS_RESOURCE = 24;
    private const int RLIM_NLIMITS = 16;

    // <asm-generic/resource.h>, by number.
    private static readonly string[] s_names =
    [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE",
        "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
    ];

    private readonly RuntimeConfig _config;
    private readonly ulong _capabilities;

    /// <summary>Compares with this configuration.</summary>
    public RestoredLimits(RuntimeConfig config)
    {
        _config = config;
        bool mapped = NamespaceSet.Of(config).Lists(CLONE_NEWUSER);
        _capabilities = mapped ? 0 : CapabilitySets.From(config.Process?.Capabilities).All;
    }

    /// <summary>Looks at a thread.</summary>
    /// <param name="pid">Its process.</param>
    /// <param name="thread">Its directory below /proc.</param>
    /// <exception cref="ContainerException">It has more than the configuration gives.</exception>
    public void Check(int pid, string thread)
    {
        if (!Has(CAP_SYS_RESOURCE))
        {
            CheckScore(pid, thread);
            CheckLimits(pid);
        }

        if (!Has(CAP_SYS_NICE))
        {
            CheckScheduling(pid, thread);
        }
    }

    private bool Has(int capability) => (_capabilities & (1UL << capability)) != 0;

    private void CheckScore(int pid, string thread)
    {
        int wanted = _config.Process?.OomScoreAdj ?? Math.Min(0, Score("self") ?? 0);
        int? score = Score(thread);
        RestoredProcesses.Require(pid, score >= wanted, "/process/oomScoreAdj", $"its score is {score}");
    }

    private static int? Score(string process) => Number(FileText.TryReadString(AT_FDCWD, $"/proc/{process}/oom_score_adj"));

    private void CheckLimits(int pid)
    {
        foreach (Rlimit limit in _config.Process?.Rlimits ?? [])
        {
            int number = Array.IndexOf(s_names, limit.Type);
            if (number is >= 0 and < RLIM_NLIMITS)
            {
                bool read = Sys.TryGetHardLimit(pid, number, out ulong hard) == Errno.OK;
                RestoredProcesses.Require(pid, read && hard <= (limit.Hard ?? 0), "/process/rlimits", $"{limit.Type} is {(hard == ulong.MaxValue ? "unlimited" : hard.ToString(CultureInfo.InvariantCulture))}");
            }
        }
    }

    private void CheckScheduling(int pid, string thread)
    {
        const int SCHED_FIFO = 1, SCHED_RR = 2, SCHED_DEADLINE = 6;
        if (_config.Process?.Scheduler is not null || _config.Process?.Rlimits?.Exists(static l => l.Type is "RLIMIT_NICE" or "RLIMIT_RTPRIO") == true)
        {
            return; // the configuration gives it priorities, or lets it have them
        }

        (int? policy, int? nice) = Priorities(thread);
        RestoredProcesses.Require(pid, policy is not (null or SCHED_FIFO or SCHED_RR or SCHED_DEADLINE), "/process/scheduler", $"its policy is {policy}");
        RestoredProcesses.Require(pid, nice >= Math.Min(0, Priorities("self").Nice ?? 0), "/process/scheduler", $"its nice value is {nice}");
    }

    /// <summary>proc_pid_stat(5): nice is the 19th field, policy the 41st.</summary>
    private static (int? Policy, int? Nice) Priorities(string process)
    {
        string text = FileText.TryRead(AT_FDCWD, $"/proc/{process}/stat", out byte[] bytes) == Errno.OK ? Encoding.Latin1.GetString(bytes) : string.Empty;
        // Behind the name, which is in brackets and may be anything, comes the third.
        string[] fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (Number(fields.ElementAtOrDefault(41 - 3)), Number(fields.ElementAtOrDefault(19 - 3)));
    }

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int number) ? number : null;
}
