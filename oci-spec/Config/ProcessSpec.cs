namespace OciSpec;

/// <summary>The container's process (config.md, process); also the whole of an <c>exec --process</c> file.</summary>
[OciDocument]
public sealed class ProcessSpec
{
    /// <summary><c>terminal</c>: attach a pseudo-terminal; absent means false.</summary>
    public bool? Terminal { get; set; }

    /// <summary><c>consoleSize</c>: size of the terminal; ignored without <see cref="Terminal"/>.</summary>
    public ConsoleSize? ConsoleSize { get; set; }

    /// <summary><c>user</c>: ids to run as; absent means uid 0, gid 0.</summary>
    public UserSpec? User { get; set; }

    /// <summary><c>args</c>: argument vector as for execvp(3); required on Linux, at least one entry.</summary>
    public List<string>? Args { get; set; }

    /// <summary><c>commandLine</c>: Windows only, ignored on Linux.</summary>
    public string? CommandLine { get; set; }

    /// <summary><c>env</c>: environment, <c>NAME=value</c> each, as environ(7).</summary>
    public List<string>? Env { get; set; }

    /// <summary><c>cwd</c>, required: working directory in the container, an absolute path.</summary>
    public string? Cwd { get; set; }

    /// <summary><c>capabilities</c>: the five sets, capabilities(7) (config.md, Linux process).</summary>
    public Capabilities? Capabilities { get; set; }

    /// <summary><c>rlimits</c>: resource limits, getrlimit(2); no type twice (config.md, POSIX process).</summary>
    public List<Rlimit>? Rlimits { get; set; }

    /// <summary><c>noNewPrivileges</c>: set PR_SET_NO_NEW_PRIVS, prctl(2); absent means false.</summary>
    public bool? NoNewPrivileges { get; set; }

    /// <summary><c>apparmorProfile</c>: name of the AppArmor profile to change to on execve.</summary>
    public string? ApparmorProfile { get; set; }

    /// <summary><c>oomScoreAdj</c>: -1000 to 1000, proc_pid_oom_score_adj(5); absent leaves it as it is.</summary>
    public int? OomScoreAdj { get; set; }

    /// <summary><c>selinuxLabel</c>: SELinux context of the process.</summary>
    public string? SelinuxLabel { get; set; }

    /// <summary><c>scheduler</c>: policy and attributes, sched_setattr(2).</summary>
    public Scheduler? Scheduler { get; set; }

    /// <summary><c>ioPriority</c>: class and level, ioprio_set(2).</summary>
    public IoPriority? IoPriority { get; set; }

    /// <summary><c>execCPUAffinity</c>: CPUs of a process run by <c>exec</c>; not for the container's first process.</summary>
    public ExecCpuAffinity? ExecCPUAffinity { get; set; }
}
