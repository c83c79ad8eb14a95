namespace Runtime.Exec;

/// <summary>What a caller asks of <c>exec</c>, as the command line spells it.</summary>
public sealed record ExecOptions
{
    /// <summary>The container.</summary>
    public required string Id { get; init; }

    /// <summary>State root, absolute.</summary>
    public required string StateRoot { get; init; }

    /// <summary>A file with a process as the specification has it; null: the words below.</summary>
    public string? ProcessFile { get; init; }

    /// <summary>The command; empty with a process file.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Environment variables, NAME=VALUE, after the container's own.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>The working directory; null: the container's.</summary>
    public string? Cwd { get; init; }

    /// <summary>USER or USER:GROUP, by name or number; null: the container's.</summary>
    public string? User { get; init; }

    /// <summary>Further groups, by number.</summary>
    public IReadOnlyList<string> AdditionalGids { get; init; } = [];

    /// <summary>Further capabilities.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Whether to make a terminal.</summary>
    public bool Terminal { get; init; }

    /// <summary>Set no_new_privs.</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>The AppArmor profile; null: the container's.</summary>
    public string? ApparmorProfile { get; init; }

    /// <summary>The SELinux label; null: the container's.</summary>
    public string? SelinuxLabel { get; init; }

    /// <summary>A cgroup below the container's.</summary>
    public string? Cgroup { get; init; }

    /// <summary>Enter a paused container too; the process waits until it is resumed.</summary>
    public bool IgnorePaused { get; init; }

    /// <summary>Return as soon as the process was started.</summary>
    public bool Detach { get; init; }

    /// <summary>File that gets the process's pid.</summary>
    public string? PidFile { get; init; }

    /// <summary>Unix socket that gets the terminal's master.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>Unix socket that gets a pidfd of the process.</summary>
    public string? PidfdSocket { get; init; }

    /// <summary>Number of fds from 3 up that the process keeps.</summary>
    public int PreserveFds { get; init; }
}
