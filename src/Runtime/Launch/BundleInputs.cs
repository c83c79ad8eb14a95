using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;
using Runtime.Linux;
using Runtime.Namespaces.Launch;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Launch;

/// <summary>What a launch takes from the bundle and the caller's words alone: the same for `create`, `run` and `explain`.</summary>
public static class BundleInputs
{
    /// <summary>The inputs, without any fd and without a gate.</summary>
    /// <exception cref="ConfigException">The seccomp section cannot be compiled.</exception>
    public static LaunchInputs Of(Bundle bundle, CreateOptions options) => new()
    {
        Resolved = bundle.Resolved,
        Id = options.Id,
        MountsInside = MountsInside(bundle.Resolved.Namespaces, options.InUserNamespace),
        InUserNamespace = options.InUserNamespace,
        NoPivot = options.NoPivot,
        RevealingMounts = options.NoPivot ? HostMounts.Revealing() : [],
        CgroupMount = FindCgroupMount(bundle.Resolved),
        NullStreams = StandardStreamKinds.Null(),
        Grantable = GrantableCapabilities.Of(bundle.Config),
        PipeStreams = StandardStreamKinds.Pipes(),
        NoNewKeyring = options.NoNewKeyring,
        PreserveFds = options.PreserveFds,
        Seccomp = SeccompFilters.Compile(bundle.Config.Linux?.Seccomp, warns: true),
        Environment = bundle.Config.Hooks?.CreateContainer?.Exists(h => h.Env is null) == true ? RuntimeCommands.Environment() : [],
        CgroupAfterClone = options.CgroupManager == CgroupManager.Systemd,
    };

    private static string? FindCgroupMount(ResolvedConfig resolved)
    {
        if (resolved.Namespaces.Makes(CLONE_NEWCGROUP) || resolved.Config.Mounts?.Exists(m => m.Type is "cgroup" or "cgroup2") != true)
        {
            return null;
        }

        using CgroupMount? mount = CgroupMount.Find();
        return mount?.Path;
    }

    /// <summary>
    /// Asks the kernel, not the user id: root of a user namespace need not own the mounts around it. It owns those of a
    /// mount namespace that it makes, with a new user namespace or without (unshare -Ur cctl run …).
    /// </summary>
    private static bool MountsInside(NamespaceSet namespaces, bool inUserNamespace)
    {
        bool mayBeNeeded = namespaces.Lists(CLONE_NEWUSER) ? namespaces.Makes(CLONE_NEWUSER) : inUserNamespace && namespaces.Makes(CLONE_NEWNS);
        if (!mayBeNeeded)
        {
            return false;
        }

        Errno errno = Sys.TryOpenTree(AT_FDCWD, "/", OPEN_TREE_CLONE, out Fd? copy);
        copy?.Dispose();
        return errno == Errno.EPERM;
    }
}
