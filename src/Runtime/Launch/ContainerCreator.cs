using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;
using Runtime.Cgroups.Stats;
using Runtime.Hooks;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.Namespaces;
using Runtime.Namespaces.Launch;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using Runtime.Owned;
using Runtime.State;
using Runtime.Terminals;

namespace Runtime.Launch;

/// <summary>Makes containers (runtime.md, "Lifecycle", 1 to 6).</summary>
public sealed class ContainerCreator : IDisposable
{
    private readonly CreateOptions _options;
    private readonly Bundle _bundle;
    private readonly NewContainer _container;
    private CreationResponder? _responder;
    private OomLog? _oomLog;
    private bool _settled;

    private ContainerCreator(CreateOptions options, bool isLeft)
    {
        _options = options;
        _bundle = Bundle.Open(options);
        TerminalOwner.Require(_bundle.Config.Process?.Terminal == true, isLeft, options.ConsoleSocket);
        PidFile.Require(options.PidFile);
        _container = new NewContainer(options, _bundle);
    }

    /// <summary>Creates a container whose first process waits for `start`.</summary>
    public static void Create(CreateOptions options)
    {
        using var creator = new ContainerCreator(options, isLeft: true);
        using LaunchedProcess process = creator.Launch(StartGate.Socket);
    }

    /// <summary>Creates and starts a container; in the foreground it waits for its end.</summary>
    /// <returns>The exit status of the first process, 128+n for a signal; 0 when detached.</returns>
    public static int Run(CreateOptions options)
    {
        using var creator = new ContainerCreator(options, isLeft: options.Detach);

        // Before the guest exists: a signal that comes between its start and the waiting is for the guest, too.
        using ForegroundSession? session = options.Detach ? null : ForegroundSession.Begin();
        if (session is not null && creator is { _container.Driver.Manager: CgroupManager.Systemd, _bundle.Config.Linux.Resources.Memory.Limit: > 0 })
        {
            creator._oomLog = OomLog.TryOpen();
        }

        using LaunchedProcess process = creator.Launch(StartGate.None);

        // Others may now signal, show and delete the container.
        creator._container.Directory.WaitForExecution();
        creator._container.Directory.Unlock();
        creator.RunPoststart();
        return session is null ? 0 : creator.WaitInForeground(session, process);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _oomLog?.Dispose();
        if (!_settled)
        {
            _container.Undo();
        }

        _container.Dispose();
    }

    private LaunchedProcess Launch(StartGate gate)
    {
        bool launched = false;
        _settled = true;
        try
        {
            if (_options.Owned is { } owned)
            {
                _container.Own(owned);
            }

            _container.PrepareCgroup();
            LaunchedProcess process = Launch(gate, _container.Cgroup);
            launched = true;
            return process;
        }
        catch (LaunchException) when (_container.Cgroup is { } cgroup && OomReport.Explain(cgroup) is { } why)
        {
            throw new ContainerException($"{why} to set itself up");
        }
        catch (LaunchException e) when (e.Pointer == "/mounts")
        {
            throw CoveredRoot.Locate(e, _bundle);
        }
        finally
        {
            if (!launched)
            {
                _container.Undo();
            }
        }
    }

    private LaunchedProcess Launch(StartGate gate, Cgroup? cgroup)
    {
        using Fd startSocket = _container.Directory.ListenForStart();
        LaunchInputs inputs = BundleInputs.Of(_bundle, _options);
        using IdMapNamespaces? idMapNamespaces = IdMapNamespaces.For(_bundle.Config, inputs.IdMapsRoot);
        int listenFds = PassedFds.Check(_options.PreserveFds);
        ResctrlGroup? resctrl = _container.MakeResctrlGroup();
        _container.ClaimJoinedMounts();
        using Fd? hookState = _bundle.RunsHooksInGuest ? Sys.MemfdCreate("state") : null;
        using Fd? hookOutput = _bundle.RunsHooksInGuest ? HookOutput.Make() : null;
        _responder = new CreationResponder(_options, _container, startSocket, hookState) { Resctrl = resctrl, StartsAtOnce = gate == StartGate.None };
        inputs = inputs with
        {
            Gate = gate,
            Keyring = _container.Record.Keyring!,
            ListenFds = listenFds,
            MountMark = _container.Record.Find<JoinedMounts>()?.Mark ?? string.Empty,
            IdMapNamespaces = idMapNamespaces?.Fds,
            RootUserNamespace = idMapNamespaces?.Root ?? -1,
            StartSocket = startSocket.Number,
            HookState = hookState?.Number ?? -1,
            HookOutput = hookOutput?.Number ?? -1,
            RuntimeFds = [_container.Directory.DirFd, .. cgroup is null ? (ReadOnlySpan<int>)[] : [cgroup.Directory.Number]],
        };
        return Launcher.Launch(inputs, cgroup?.Directory, _responder);
    }

    private void RunPoststart()
    {
        if (_bundle.Config.Hooks?.Poststart is { Count: > 0 } hooks)
        {
            ContainerStarter.RunPoststart(_container.Directory, _container.Record, hooks);
        }
    }

    private int WaitInForeground(ForegroundSession session, LaunchedProcess process)
    {
        using Fd? terminal = _responder!.Terminal;
        int status = session.Wait(process.Pidfd, terminal);
        if (status == 128 + Abi.SIGKILL && WhyKilled() is { } why)
        {
            RuntimeLog.Warn(why);
        }

        if (!_options.Keep)
        {
            _container.DeleteEnded();
        }

        return status;
    }

    // systemd may have removed the cgroup already.
    private string? WhyKilled() =>
        _container.Cgroup is not { } cgroup ? null
        : OomReport.Explain(cgroup) ?? _oomLog?.Explain(cgroup.Path[cgroup.Path.LastIndexOf('/')..], MemoryLimits);

    // An update may have changed them; another process may have deleted the container with its copy of the config.
    private OciSpec.LinuxMemory? MemoryLimits()
    {
        try
        {
            return _container.Directory.ReadConfig().Linux?.Resources?.Memory;
        }
        catch (ContainerException)
        {
            return _bundle.Config.Linux?.Resources?.Memory;
        }
    }
}
