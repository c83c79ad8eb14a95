using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Builder;
using Runtime.Namespaces.Launch;

namespace Runtime.Launch;

/// <summary>What a launch takes from the bundle and the caller's words alone: the same for `create`, `run` and `explain`.</summary>
public static class BundleInputs
{
    /// <summary>The inputs, without any fd and without a gate.</summary>
    /// <exception cref="ConfigException">The seccomp section cannot be compiled.</exception>
    public static LaunchInputs Of(Bundle bundle, CreateOptions options) => new()
    {
        Config = bundle.Config,
        Id = options.Id,
        Bundle = bundle.Path,
        MountsInside = MountsInside(bundle.Config, options.InUserNamespace),
        InUserNamespace = options.InUserNamespace,
        NoPivot = options.NoPivot,
        RevealingMounts = options.NoPivot ? HostMounts.Revealing() : [],
        NullStreams = StandardStreamKinds.Null(),
        Grantable = GrantableCapabilities.Of(bundle.Config),
        PipeStreams = StandardStreamKinds.Pipes(),
        NoNewKeyring = options.NoNewKeyring,
        PreserveFds = options.PreserveFds,
        Seccomp = SeccompFilters.Compile(bundle.Config.Linux?.Seccomp, warns: true),
        Environment = bundle.Config.Hooks?.CreateContainer?.Exists(h => h.Env is null) == true ? RuntimeCommands.Environment() : [],
        CgroupAfterClone = options.CgroupManager == "systemd",
    };

    /// <summary>
    /// Asks the kernel, not the user id: root of a user namespace need not own the mounts around it. It owns those of a
    /// mount namespace that it makes, with a new user namespace or without (unshare -Ur cctl run …).
    /// </summary>
    private static bool MountsInside(RuntimeConfig config, bool inUserNamespace)
    {
        List<LinuxNamespace> namespaces = config.Linux?.Namespaces ?? [];
        LinuxNamespace? user = namespaces.Find(n => n.Type == "user");
        bool mayBeNeeded = user is not null
            ? string.IsNullOrEmpty(user.Path)
            : inUserNamespace && namespaces.Exists(n => n.Type == "mount" && string.IsNullOrEmpty(n.Path));
        if (!mayBeNeeded)
        {
            return false;
        }

        Errno errno = Sys.TryOpenTree(Abi.AT_FDCWD, "/", Abi.OPEN_TREE_CLONE, out Fd? copy);
        copy?.Dispose();
        return errno == Errno.EPERM;
    }
}
