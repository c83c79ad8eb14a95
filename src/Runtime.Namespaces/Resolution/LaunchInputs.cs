using Runtime.Linux;

namespace Runtime.Namespaces.Resolution;

/// <summary>How the guest's command is released, once all is set up.</summary>
public enum StartGate
{
    /// <summary>At once: `run`.</summary>
    None,

    /// <summary>When `start` connects to the listening socket in the state directory: `create`.</summary>
    Socket,
}

/// <summary>A compiled seccomp filter, ready for seccomp(2).</summary>
/// <param name="Program">The instructions of classic BPF.</param>
/// <param name="Flags">SECCOMP_FILTER_FLAG_* as seccomp(2) takes them.</param>
public sealed record SeccompFilter(Abi.sock_filter[] Program, uint Flags);

/// <summary>The running guest that `exec` adds a process to.</summary>
/// <param name="InitPid">Its first process.</param>
/// <param name="Pidfd">That process's pidfd; owned by the caller.</param>
/// <param name="Namespaces">CLONE_NEW* flags of the namespaces that are not the runtime's.</param>
/// <param name="InChroot">Whether the guest's root is not the root of its mount namespace.</param>
public sealed record ExecTarget(int InitPid, int Pidfd, ulong Namespaces, bool InChroot);

/// <summary>What a launch is made from. Nothing here changes while the plan is being built, so a second plan is the same.</summary>
public sealed record LaunchInputs
{
    /// <summary>The config, and what the host says of it.</summary>
    public required ResolvedConfig Resolved { get; init; }

    /// <summary>The container's id.</summary>
    public required string Id { get; init; }

    /// <summary>Set for `exec`: the guest to enter; null makes a new one.</summary>
    public ExecTarget? Exec { get; init; }

    /// <summary>How the command is released.</summary>
    public StartGate Gate { get; init; }

    /// <summary>MS_MOVE and chroot(2) in the place of pivot_root(2), for a host whose root is a ramfs.</summary>
    public bool NoPivot { get; init; }

    /// <summary>
    /// The caller lacks CAP_SYS_RESOURCE: then it may not set limits of a process with other ids (prlimit(2)), and the
    /// child lowers its own as its last step.
    /// </summary>
    public bool ChildSetsRlimits { get; init; }

    /// <summary>The caller may not copy mounts (no CAP_SYS_ADMIN): the child does it, in its new user and mount namespace.</summary>
    public bool MountsInside { get; init; }

    /// <summary>With a joined mount namespace: the name by which what is mounted there is found again (<c>Runtime.Launch.JoinedMounts</c>).</summary>
    public string MountMark { get; init; } = "cctl";

    /// <summary>The caller lives in a user namespace that is not the host's: device nodes cannot be made there, whatever the guest's own is.</summary>
    public bool InUserNamespace { get; init; }

    /// <summary>Leaves the guest in the caller's session keyring.</summary>
    public bool NoNewKeyring { get; init; }

    /// <summary>How many fds from 3 up the guest inherits.</summary>
    public int PreserveFds { get; init; }

    /// <summary>How many of these are sockets of socket activation (sd_listen_fds(3)): the guest gets LISTEN_FDS and LISTEN_PID.</summary>
    public int ListenFds { get; init; }

    /// <summary>The user namespaces of idmapped mounts, by the index of the mount; fds owned by the caller. Null without any.</summary>
    public IReadOnlyDictionary<int, int>? IdMapNamespaces { get; init; }

    /// <summary>Whether the layers of the root are idmapped: with a user namespace, unless it is the child that mounts, for whose namespace the store is written.</summary>
    public bool IdMapsRoot => Resolved.Layered is not null && Resolved.Namespaces.Lists(Abi.CLONE_NEWUSER) && !MountsInside;

    /// <summary>The user namespace that they are idmapped by; owned by the caller.</summary>
    public int RootUserNamespace { get; init; } = -1;

    /// <summary>The compiled seccomp filter, or null.</summary>
    public SeccompFilter? Seccomp { get; init; }

    /// <summary>The listening socket's fd for <see cref="StartGate.Socket"/>; owned by the caller.</summary>
    public int StartSocket { get; init; } = -1;

    /// <summary>A memfd with the state for the hooks that the child runs; owned by the caller.</summary>
    public int HookState { get; init; } = -1;

    /// <summary>A memfd for failures that the guest's filter lets nobody send; -1 without need. Owned by the caller.</summary>
    public int ReportFile { get; init; } = -1;

    /// <summary>The file that takes what the hooks write that the child runs (<c>HookOutput</c>); owned by the caller.</summary>
    public int HookOutput { get; init; } = -1;

    /// <summary>The environment of createContainer hooks that name none, each variable ended by a NUL.</summary>
    public byte[] Environment { get; init; } = [];

    /// <summary>Which of the descriptors 0 to 2 are the host's null device, a bit each.</summary>
    public int NullStreams { get; init; }

    /// <summary>The capabilities that the child has to give, a bit each.</summary>
    public ulong Grantable { get; init; } = ulong.MaxValue;

    /// <summary>Which of the descriptors 0 to 2 are pipes (pipe(7)), a bit each.</summary>
    public int PipeStreams { get; init; }

    /// <summary>What the runtime calls the process's user, where a user namespace that exists already maps it; null otherwise.</summary>
    public uint? UserOnHost { get; init; }

    /// <summary>With <see cref="NoPivot"/>: where the host has proc and sysfs mounted, the innermost first.</summary>
    public IReadOnlyList<string> RevealingMounts { get; init; } = [];

    /// <summary>Where the host has cgroup2 mounted, for a config that shows it without a cgroup namespace that is made for the guest; null otherwise.</summary>
    public string? CgroupMount { get; init; }

    /// <summary>The name of the container's session keyring (keyrings(7)).</summary>
    public string Keyring { get; init; } = string.Empty;

    /// <summary>
    /// Fds of the runtime's that the child closes first: a lock (flock(2)) lives as long as any copy of its fd, and must
    /// not outlive the runtime in a child that waits for `start`. Owned by the caller.
    /// </summary>
    public IReadOnlyList<int> RuntimeFds { get; init; } = [];

    /// <summary>Whether the driver puts the child into its cgroup after the clone (systemd), not with it.</summary>
    public bool CgroupAfterClone { get; init; }
}
