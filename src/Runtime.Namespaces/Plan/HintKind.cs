namespace Runtime.Namespaces.Plan;

/// <summary>What an operation is about, for the choice of the hint when it fails. See <see cref="Hints"/>.</summary>
public enum HintKind
{
    /// <summary>Nothing in particular.</summary>
    None,

    /// <summary>The root filesystem's directory.</summary>
    Root,

    /// <summary>The layers of an image.</summary>
    Layers,

    /// <summary>Mapping the ids of layers.</summary>
    LayerIdMap,

    /// <summary>Making or joining namespaces.</summary>
    Namespace,

    /// <summary>Opening a namespace by its path.</summary>
    NamespacePath,

    /// <summary>What must not be changed in the runtime's own namespace.</summary>
    OwnNamespace,

    /// <summary>A mount namespace that must be another than the host's.</summary>
    HostsMountNamespace,

    /// <summary>A mount namespace that belongs to another user namespace.</summary>
    OthersMountNamespace,

    /// <summary>The container's session keyring.</summary>
    Keyring,

    /// <summary>A standard stream that is the host's null device.</summary>
    NullStream,

    /// <summary>A mount that covers the root.</summary>
    CoveredRoot,

    /// <summary>Mounts of the host that remain without pivot_root(2).</summary>
    HostMounts,

    /// <summary>The source of a bind mount.</summary>
    BindSource,

    /// <summary>Making a filesystem.</summary>
    Filesystem,

    /// <summary>Making procfs.</summary>
    Proc,

    /// <summary>Making sysfs.</summary>
    Sysfs,

    /// <summary>Making cgroupfs.</summary>
    Cgroupfs,

    /// <summary>Reaching the place where something is mounted.</summary>
    MountTarget,

    /// <summary>A target that lies inside procfs.</summary>
    TargetInsideProc,

    /// <summary>Mount attributes.</summary>
    MountAttributes,

    /// <summary>Mapping the ids of a mount.</summary>
    IdMap,

    /// <summary>The memory policy.</summary>
    MemoryPolicy,

    /// <summary>A device node.</summary>
    Device,

    /// <summary>A kernel parameter.</summary>
    Sysctl,

    /// <summary>Users, groups, capabilities.</summary>
    Credentials,

    /// <summary>Supplementary groups.</summary>
    Groups,

    /// <summary>oom_score_adj.</summary>
    OomScore,

    /// <summary>The scheduler's policy.</summary>
    Scheduler,

    /// <summary>The CPUs to run on.</summary>
    Affinity,

    /// <summary>The priority for the disks.</summary>
    IoPriority,

    /// <summary>The working directory.</summary>
    WorkingDirectory,

    /// <summary>A label of a Linux security module.</summary>
    Label,

    /// <summary>The seccomp filter.</summary>
    Seccomp,

    /// <summary>The terminal.</summary>
    Terminal,

    /// <summary>A resource limit.</summary>
    Rlimit,

    /// <summary>A hook.</summary>
    Hook,

    /// <summary>The command, named with a path.</summary>
    Command,

    /// <summary>The command, searched in PATH.</summary>
    CommandInPath,
}
