using Runtime.Cgroups.Drivers;
using Runtime.Namespaces.Resolution;
using Runtime.Owned;

namespace Runtime.Launch;

/// <summary>What a caller asks of <c>create</c> and <c>run</c>, as the command line spells it. Paths may be relative to the working directory.</summary>
public sealed record CreateOptions
{
    /// <summary>The new container's id.</summary>
    public required string Id { get; init; }

    /// <summary>The bundle's directory.</summary>
    public required string Bundle { get; init; }

    /// <summary>State root, absolute.</summary>
    public required string StateRoot { get; init; }

    /// <summary>The config file; null means <c>config.json</c> in the bundle.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>The config itself, where it is composed and not read from a file.</summary>
    public byte[]? Config { get; init; }

    /// <summary>What the container owns before it is created.</summary>
    public OwnedResource? Owned { get; init; }

    /// <summary>The layers that the root filesystem is put together from; null where the bundle has one.</summary>
    public LayeredRoot? Layered { get; init; }

    /// <summary>File that gets the first process's pid in decimal, as one step.</summary>
    public string? PidFile { get; init; }

    /// <summary>Unix socket that gets the terminal's master side.</summary>
    public string? ConsoleSocket { get; init; }

    /// <summary>Unix socket that gets a pidfd of the first process.</summary>
    public string? PidfdSocket { get; init; }

    /// <summary>Move the root over / and chroot instead of pivot_root, for a root on a ramdisk.</summary>
    public bool NoPivot { get; init; }

    /// <summary>Keep the caller's session keyring.</summary>
    public bool NoNewKeyring { get; init; }

    /// <summary>Number of fds from 3 up that the first process keeps beside those of LISTEN_FDS.</summary>
    public int PreserveFds { get; init; }

    /// <summary>A limit that cgroup v2 does not know is an error, not a warning.</summary>
    public bool Strict { get; init; }

    /// <summary><c>run</c> only: return as soon as the process was started.</summary>
    public bool Detach { get; init; }

    /// <summary><c>run</c> only: do not delete the container when its first process ends.</summary>
    public bool Keep { get; init; }

    /// <summary>Who makes the cgroup.</summary>
    public CgroupManager CgroupManager { get; init; }

    /// <summary>Whether the container is made without the host's root.</summary>
    public bool Rootless { get; init; }

    /// <summary>Whether the runtime itself lives in a user namespace that is not the host's.</summary>
    public bool InUserNamespace { get; init; }
}
