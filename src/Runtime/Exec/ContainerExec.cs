using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;
using Runtime.Launch;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.Namespaces;
using Runtime.Namespaces.Launch;
using Runtime.Namespaces.Resolution;
using Runtime.State;
using Runtime.Terminals;
using static Runtime.Linux.Abi;

namespace Runtime.Exec;

/// <summary>Runs a further process in a running container.</summary>
public static class ContainerExec
{
    /// <summary>Starts the process; in the foreground, waits for its end.</summary>
    /// <returns>The process's exit status, 128+n for a signal; 0 when detached.</returns>
    /// <exception cref="ContainerException">The container does not run.</exception>
    public static int Run(ExecOptions options)
    {
        PidFile.Require(options.PidFile);
        using StateStore store = StateStore.OpenExisting(options.StateRoot);
        using ContainerDirectory directory = store.OpenContainer(options.Id);
        ContainerRecord record = directory.TryReadRecord() ?? throw ContainerException.DoesNotExist(options.Id, options.StateRoot);
        RequireRunning(directory, record, options.IgnorePaused);
        using Fd init = record.Init.TryOpenLiving()
            ?? throw new ContainerException($"cannot exec in container \"{options.Id}\": container not running");
        RuntimeConfig config = directory.ReadConfig();
        config.Process = ExecProcess.Of(options, config, $"/proc/{record.Init.Pid}/root");
        TerminalOwner.Require(config.Process.Terminal == true, options.Detach, options.ConsoleSocket);
        using Fd? cgroup = OpenCgroup(record, options.Cgroup);
        using ForegroundSession? session = options.Detach ? null : ForegroundSession.Begin();
        Action<int>? attach = AttachBySystemd(record, cgroup);
        var responder = new ExecResponder(options, config.Linux?.Seccomp, new ContainerView(record.Id, record, ContainerStatus.Running).ToState(), attach);
        LaunchInputs inputs = Inputs(options, record, config, init) with { CgroupAfterClone = attach is not null };
        using LaunchedProcess process = Launch(inputs, attach is null ? cgroup : null, responder, options);
        if (session is null)
        {
            return 0;
        }

        using Fd? terminal = responder.Terminal;
        return session.Wait(process.Pidfd, terminal);
    }

    // The caller did not write the config: the option is named.
    private static LaunchedProcess Launch(LaunchInputs inputs, Fd? cgroup, ExecResponder responder, ExecOptions options)
    {
        const string Cwd = "/process/cwd";
        try
        {
            return Launcher.Launch(inputs, cgroup, responder);
        }
        catch (LaunchException e) when (e.Pointer == Cwd && options.Cwd is not null)
        {
            throw new LaunchException("--cwd", e.Message[(Cwd.Length + 2)..]);
        }
    }

    /// <summary>
    /// A user's login session and containers have only cgroups of root's in common: then the user's systemd, who has its own
    /// ways, is asked to let the process in.
    /// </summary>
    /// <returns>What does it for a pid; null where the kernel does it with the clone.</returns>
    private static Action<int>? AttachBySystemd(ContainerRecord record, Fd? cgroup)
    {
        if (cgroup is null || Sys.GetEuid() == 0 || Sys.TryReadLinkAt(AT_FDCWD, $"/proc/self/fd/{cgroup.Number}") is not { } path || CgroupEntry.Forbids(path) is not { } forbids)
        {
            return null;
        }

        return record.Cgroup is { Manager: CgroupManager.Systemd } scope && $"{path}/".StartsWith(scope.Path + "/", StringComparison.Ordinal)
            ? pid => SystemdDriver.Join(scope.Request(record.Id), scope.Path, path[scope.Path.Length..], pid)
            : throw new ContainerException($"put a process into cgroup {path}: EACCES: permission denied: this process may not leave {forbids}: start it beside the container, with systemd-run --user --scope cctl exec …");
    }

    private static LaunchInputs Inputs(ExecOptions options, ContainerRecord record, RuntimeConfig config, Fd init) => new()
    {
        Resolved = ResolvedConfig.OfRunning(config, record.Bundle, record.Init.Pid),
        Id = record.Id,
        InUserNamespace = record.Rootless,
        NoNewKeyring = record.NoNewKeyring,
        Keyring = record.Keyring ?? "_ses." + record.Id,
        NullStreams = StandardStreamKinds.Null(),
        PipeStreams = StandardStreamKinds.Pipes(),
        Grantable = GrantableCapabilities.Of(config),
        UserOnHost = IdMap.ToHost(record.Init.Pid, config.Process!.User?.Uid ?? 0),
        PreserveFds = options.PreserveFds,
        Seccomp = SeccompFilters.Compile(config.Linux?.Seccomp),
        Exec = new ExecTarget(record.Init.Pid, init.Number, Namespaces(config, record.Init.Pid), !NamespaceSet.Of(config).Makes(CLONE_NEWNS) || record.NoPivot),
    };

    private static ulong Namespaces(RuntimeConfig config, int pid)
    {
        ulong flags = 0;
        foreach (LinuxNamespace entry in config.Linux?.Namespaces ?? [])
        {
            ulong flag = NamespaceSet.Flag(entry.Type);
            // Entering the user namespace that one is in already is an error (setns(2)).
            bool own = flag == CLONE_NEWUSER && Sys.TryReadLinkAt(AT_FDCWD, "/proc/self/ns/user") == Sys.TryReadLinkAt(AT_FDCWD, $"/proc/{pid}/ns/user");
            flags |= own ? 0 : flag;
        }

        return flags;
    }

    private static void RequireRunning(ContainerDirectory directory, ContainerRecord record, bool ignorePaused)
    {
        ContainerStatus status = StatusProbe.Of(directory, record);
        if (status is ContainerStatus.Running or ContainerStatus.Created || (status == ContainerStatus.Paused && ignorePaused))
        {
            return;
        }

        throw new ContainerException(status == ContainerStatus.Paused
            ? $"cannot exec in container \"{record.Id}\": it is paused: resume it, or use --ignore-paused"
            : $"cannot exec in container \"{record.Id}\" that is {status.Name()}: container not running");
    }

    /// <summary>
    /// The container's cgroup, or the one below it that is named; where the guest has made cgroups of its own, one of those
    /// or one made for the purpose (<see cref="ExecCgroup"/>).
    /// </summary>
    private static Fd? OpenCgroup(ContainerRecord record, string? below)
    {
        if (record.Cgroup?.Path is not string path)
        {
            return below is null ? null : throw new ContainerException($"--cgroup {below}: container \"{record.Id}\" has no cgroup of its own");
        }

        if (below is not null)
        {
            using Fd own = Sys.OpenAt(AT_FDCWD, path, O_PATH | O_DIRECTORY);
            Errno errno = Sys.TryOpenAt2(own.Number, below.Trim('/'), O_PATH | O_DIRECTORY, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, out Fd? named);
            return named ?? throw new ContainerException($"--cgroup {below}: open it below {path}: {errno.Name()}");
        }

        return ExecCgroup.Open(path, record.Init.Pid) ?? throw new ContainerException($"cgroup {path} of container \"{record.Id}\" is gone: container not running");
    }
}
