using OciSpec;
using Runtime.Linux;

namespace Runtime.Namespaces.Resolution;

/// <summary>
/// A config with every fact that the host must be asked for to carry it out, each asked once: whoever needs one reads it here,
/// and the plan of a launch is a function of it alone.
/// </summary>
public sealed class ResolvedConfig
{
    private ResolvedConfig(RuntimeConfig config, string bundle, string rootPath, ResolvedMount[] mounts, NamespaceSet namespaces)
    {
        Config = config;
        Bundle = bundle;
        RootPath = rootPath;
        Mounts = mounts;
        Namespaces = namespaces;
        // environ(7): where the config has no HOME it comes from the guest's own list of users, as a login would have it.
        Home = config.Process?.Env?.Exists(v => v.StartsWith("HOME=", StringComparison.Ordinal) && v.Length > 5) == true
            ? null
            : FindHome(config.Process?.User?.Uid ?? 0);
    }

    /// <summary>The validated config.</summary>
    public RuntimeConfig Config { get; }

    /// <summary>The bundle's absolute path.</summary>
    public string Bundle { get; }

    /// <summary>The root filesystem's absolute path on the host; of a running guest by way of its first process.</summary>
    public string RootPath { get; }

    /// <summary>The mounts that are to be made, in the config's order; none in a running guest.</summary>
    public IReadOnlyList<ResolvedMount> Mounts { get; }

    /// <summary>The namespaces that are made and joined; none for a running guest, whose process enters those that are there.</summary>
    public NamespaceSet Namespaces { get; }

    /// <summary>The home of the process's user, for an environment without HOME; null where that has one.</summary>
    public string? Home { get; }

    /// <summary>The caller's own limit of open files, which the .NET runtime has raised for itself; null where it is not known.</summary>
    public Abi.rlimit64? FileLimit { get; } = Startup.NoFileLimit;

    /// <summary>
    /// Whether a container without a mount namespace in its config has something mounted: then that is done in the runtime's own,
    /// which it inherits (config-linux.md, "Namespaces"). With the host's own root as the guest's nothing is.
    /// </summary>
    public bool MountsInRuntimesNamespace { get; private init; }

    /// <summary>The layers that the root filesystem is put together from; null where root.path has it.</summary>
    public LayeredRoot? Layered { get; private init; }

    /// <summary>Resolves the config of a new container.</summary>
    /// <param name="config">The validated config.</param>
    /// <param name="bundle">The bundle's absolute path.</param>
    /// <param name="layered">The layers of its root filesystem; null where that is a directory.</param>
    public static ResolvedConfig Of(RuntimeConfig config, string bundle, LayeredRoot? layered = null) =>
        Of(config, bundle, Path.GetFullPath(config.Root?.Path ?? string.Empty, bundle), NamespaceSet.Of(config), layered);

    /// <summary>Resolves the config of a process that enters a running container.</summary>
    /// <param name="config">The container's config, with the process to start.</param>
    /// <param name="bundle">The bundle's absolute path.</param>
    /// <param name="init">The container's first process.</param>
    public static ResolvedConfig OfRunning(RuntimeConfig config, string bundle, int init) =>
        new(config, bundle, $"/proc/{init}/root", [], NamespaceSet.None);

    private string FindHome(uint uid) => Namespaces.Find(Abi.CLONE_NEWNS)?.Path is string joined
        ? JoinedView.In(joined, () => GuestHome.Find(Mounts, RootPath, uid)) ?? "/"
        : GuestHome.Find(Mounts, RootPath, uid);

    private static ResolvedConfig Of(RuntimeConfig config, string bundle, string rootPath, NamespaceSet namespaces, LayeredRoot? layered)
    {
        // Paths are masked and made read-only in a mount namespace of the container's alone (MountChecks).
        bool asks = config.Mounts is { Count: > 0 } || config.Root?.Readonly == true;
        return new(config, bundle, rootPath, ResolvedMount.Of(config, bundle), namespaces)
        {
            Layered = layered,
            // Root of a user namespace has no right over the mounts around it.
            MountsInRuntimesNamespace = asks && rootPath != "/" && !namespaces.Lists(Abi.CLONE_NEWNS) && !namespaces.Lists(Abi.CLONE_NEWUSER),
        };
    }
}
