namespace Runtime.Compose;

/// <summary>What a person asks of <c>run IMAGE</c>, in docker's words: options as they were typed, null or empty where they were not.</summary>
public sealed record RunRequest
{
    /// <summary>The image, as it was named.</summary>
    public required string Image { get; init; }

    /// <summary>What follows the image: the command, or arguments of the image's entry point.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary><c>--entrypoint</c>: in the place of the image's; empty for none.</summary>
    public string? Entrypoint { get; init; }

    /// <summary><c>--env</c> and the lines of <c>--env-file</c>, in their order: <c>NAME=VALUE</c>, or <c>NAME</c> with the caller's value.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary><c>--workdir</c>.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary><c>--user</c>.</summary>
    public string? User { get; init; }

    /// <summary><c>--group-add</c>.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary><c>--umask</c>, octal.</summary>
    public string? Umask { get; init; }

    /// <summary><c>--tty</c>.</summary>
    public bool Terminal { get; init; }

    /// <summary><c>--hostname</c>.</summary>
    public string? Hostname { get; init; }

    /// <summary><c>--domainname</c>.</summary>
    public string? Domainname { get; init; }

    /// <summary><c>--read-only</c>.</summary>
    public bool ReadOnly { get; init; }

    /// <summary><c>--privileged</c>.</summary>
    public bool Privileged { get; init; }

    /// <summary><c>--cap-add</c>.</summary>
    public IReadOnlyList<string> AddedCapabilities { get; init; } = [];

    /// <summary><c>--cap-drop</c>.</summary>
    public IReadOnlyList<string> DroppedCapabilities { get; init; } = [];

    /// <summary><c>--security-opt</c>.</summary>
    public IReadOnlyList<string> SecurityOptions { get; init; } = [];

    /// <summary><c>--volume</c>.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary><c>--mount</c>.</summary>
    public IReadOnlyList<string> Mounts { get; init; } = [];

    /// <summary><c>--tmpfs</c>.</summary>
    public IReadOnlyList<string> Tmpfs { get; init; } = [];

    /// <summary><c>--shm-size</c>, bytes.</summary>
    public long? ShmSize { get; init; }

    /// <summary><c>--device</c>.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary><c>--device-cgroup-rule</c>.</summary>
    public IReadOnlyList<string> DeviceRules { get; init; } = [];

    /// <summary><c>--network</c>.</summary>
    public string Network { get; init; } = "none";

    /// <summary><c>--pid</c>, <c>--ipc</c>, <c>--uts</c>, <c>--cgroupns</c>: <c>host</c>, or <c>private</c>, which is the default.</summary>
    public string Pid { get; init; } = "private";

    /// <inheritdoc cref="Pid"/>
    public string Ipc { get; init; } = "private";

    /// <inheritdoc cref="Pid"/>
    public string Uts { get; init; } = "private";

    /// <inheritdoc cref="Pid"/>
    public string Cgroup { get; init; } = "private";

    /// <summary><c>--userns</c>: <c>host</c>; null for a range of the container's own.</summary>
    public string? UserNamespace { get; init; }

    /// <summary><c>--cgroup-parent</c>.</summary>
    public string? CgroupParent { get; init; }

    /// <summary><c>--memory</c> and its like, bytes.</summary>
    public long? Memory { get; init; }

    /// <inheritdoc cref="Memory"/>
    public long? MemorySwap { get; init; }

    /// <inheritdoc cref="Memory"/>
    public long? MemoryReservation { get; init; }

    /// <summary><c>--cpus</c>.</summary>
    public decimal? Cpus { get; init; }

    /// <summary><c>--cpu-shares</c>.</summary>
    public ulong? CpuShares { get; init; }

    /// <summary><c>--cpu-period</c>, microseconds.</summary>
    public ulong? CpuPeriod { get; init; }

    /// <summary><c>--cpu-quota</c>, microseconds.</summary>
    public long? CpuQuota { get; init; }

    /// <summary><c>--cpuset-cpus</c>.</summary>
    public string? CpusetCpus { get; init; }

    /// <summary><c>--cpuset-mems</c>.</summary>
    public string? CpusetMems { get; init; }

    /// <summary><c>--pids-limit</c>; −1 for none.</summary>
    public long? PidsLimit { get; init; }

    /// <summary><c>--ulimit</c>.</summary>
    public IReadOnlyList<string> Ulimits { get; init; } = [];

    /// <summary><c>--sysctl</c>.</summary>
    public IReadOnlyList<string> Sysctls { get; init; } = [];

    /// <summary><c>--oom-score-adj</c>.</summary>
    public int? OomScoreAdj { get; init; }

    /// <summary><c>--annotation</c>.</summary>
    public IReadOnlyList<string> Annotations { get; init; } = [];

    /// <summary><c>--add-host</c>.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary><c>--dns</c>.</summary>
    public IReadOnlyList<string> Dns { get; init; } = [];

    /// <summary><c>--dns-search</c>.</summary>
    public IReadOnlyList<string> DnsSearch { get; init; } = [];

    /// <summary><c>--dns-option</c>.</summary>
    public IReadOnlyList<string> DnsOptions { get; init; } = [];
}
