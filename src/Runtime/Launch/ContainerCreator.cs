using Runtime.Cgroups;
using Runtime.Hooks;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.Namespaces;
using Runtime.Namespaces.Builder;
using Runtime.Namespaces.Launch;
using Runtime.State;

namespace Runtime.Launch;

/// <summary>
/// Makes containers (runtime.md, "Lifecycle", 1 to 6). What it makes is written to the record before it exists, so that
/// `delete --force` finds it, wherever this process is killed.
/// </summary>
public sealed class ContainerCreator : IDisposable
{
    private readonly CreateOptions _options;
    private readonly Bundle _bundle;
    private readonly StateStore _store;
    private readonly ICgroupDriver _driver;
    private readonly ContainerFolder _folder;
    private readonly ContainerRecord _record;
    private readonly CgroupRequest _cgroupRequest;
    private CreationSupervisor? _supervisor;
    private Cgroup? _cgroup;
    private OomLog? _oomLog;

    private ContainerCreator(CreateOptions options, bool isLeft)
    {
        _options = options;
        _bundle = Bundle.Open(options);
        Console.TerminalOwner.Require(_bundle.Config.Process?.Terminal == true, isLeft, options.ConsoleSocket);
        _store = StateStore.Open(options.StateRoot);
        _driver = Drivers.Of(options.CgroupManager);
        _folder = _store.Create(options.Id);
        _record = NewRecord();
        _cgroupRequest = new CgroupRequest
        {
            Id = options.Id,
            CgroupsPath = _bundle.Config.Linux?.CgroupsPath,
            Resources = _bundle.Config.Linux?.Resources,
            Annotations = _bundle.Config.Annotations,
            Rootless = options.Rootless,
            Strict = options.Strict,
            Claim = Claim,
        };
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
        using Console.ForegroundSession? session = options.Detach ? null : Console.ForegroundSession.Begin();
        if (session is not null && creator is { _driver.Name: "systemd", _bundle.Config.Linux.Resources.Memory.Limit: > 0 })
        {
            creator._oomLog = OomLog.TryOpen();
        }

        using LaunchedProcess process = creator.Launch(StartGate.None);

        // Others may now signal, show and delete the container.
        creator._folder.WaitForExecution();
        creator._folder.Unlock();
        creator.RunPoststart();
        return session is null ? 0 : creator.WaitInForeground(session, process);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cgroup?.Dispose();
        _oomLog?.Dispose();
        _folder.Dispose();
        _store.Dispose();
        (_driver as IDisposable)?.Dispose();
    }

    private ContainerRecord NewRecord() => new()
    {
        OciVersion = _bundle.Config.OciVersion ?? string.Empty,
        Id = _options.Id,
        Bundle = _bundle.Path,
        Rootfs = _bundle.RootPath,
        Created = Timestamps.Now(),
        OwnerUid = Sys.GetEuid(),
        Annotations = _bundle.Config.Annotations,
        Phase = CreationPhase.Creating,
        CgroupDriver = _driver.Name,
        PoststartHooks = _bundle.Config.Hooks?.Poststart,
        Command = _bundle.Config.Process?.Args?[0],
        PoststopHooks = _bundle.Config.Hooks?.Poststop,
        Rootless = _options.Rootless,
        NoPivot = _options.NoPivot,
        NoNewKeyring = _options.NoNewKeyring,
    };

    // The driver is about to make this cgroup, or found it empty: from here on it is this container's to remove.
    private void Claim(string path)
    {
        _record.CgroupPath = path;
        _folder.WriteRecord(_record);
    }

    // The systemd driver's cgroup is there only now.
    private void Attach(int pid)
    {
        _cgroup = _driver.Attach(_cgroupRequest, _cgroup, pid);
        CgroupOwner.Give(_cgroup, _bundle.Config, _options.Rootless);
    }

    private LaunchedProcess Launch(StartGate gate)
    {
        bool launched = false;
        try
        {
            _cgroup = _driver.Prepare(_cgroupRequest);
            CgroupOwner.Give(_cgroup, _bundle.Config, _options.Rootless);
            foreach (string warning in _cgroupRequest.Warnings)
            {
                RuntimeLog.Warn(warning);
            }

            LaunchedProcess process = Launch(gate, _cgroup);
            launched = true;
            return process;
        }
        catch (LaunchException) when (_cgroup is not null && OomReport.Explain(_cgroup) is { } why)
        {
            throw new ContainerException($"{why} to set itself up");
        }
        finally
        {
            if (!launched)
            {
                Undo();
            }
        }
    }

    private LaunchedProcess Launch(StartGate gate, Cgroup? cgroup)
    {
        using Fd? startSocket = gate == StartGate.Socket ? StartSocket.Listen(_folder) : null;
        using Fd initLock = _folder.TakeInitLock();
        using MountNamespaces? mountNamespaces = MountNamespaces.For(_bundle.Config);
        int listenFds = PassedFds.Check(_options.PreserveFds);
        ResctrlGroup? resctrl = MakeResctrlGroup();
        using Fd? hookState = _bundle.RunsHooksInGuest ? Sys.MemfdCreate("state") : null;
        _supervisor = new CreationSupervisor(_options, _bundle, _folder, _record, initLock, hookState)
        {
            Resctrl = resctrl,
            Attach = Attach,
        };
        LaunchInputs inputs = BundleInputs.Of(_bundle, _options) with
        {
            Gate = gate,
            ListenFds = listenFds,
            MountNamespaces = mountNamespaces?.Fds,
            StartSocket = startSocket?.Number ?? -1,
            HookState = hookState?.Number ?? -1,
            RuntimeFds = [_folder.DirFd, .. cgroup is null ? (ReadOnlySpan<int>)[] : [cgroup.Directory.Number]],
            CgroupAfterClone = _driver.Name == "systemd",
        };
        return Launcher.Launch(inputs, cgroup?.Directory, _supervisor);
    }

    /// <summary>The group is in the record before it is made, as all that is made outside the container's folder.</summary>
    private ResctrlGroup? MakeResctrlGroup()
    {
        if (_bundle.Config.Linux?.IntelRdt is not { } config)
        {
            return null;
        }

        ResctrlGroup group = ResctrlGroup.Plan(ResctrlGroup.FindMount(), _options.Id, config);
        if (group.Owned is string path)
        {
            _record.ResctrlPath = path;
            _folder.WriteRecord(_record);
        }

        group.Make();
        return group;
    }

    private void RunPoststart()
    {
        if (_bundle.Config.Hooks?.Poststart is { Count: > 0 } hooks)
        {
            RuntimeHooks.RunAndLog("poststart", hooks, new ContainerView(_record.Id, _record, ContainerStatus.Running).ToState());
        }
    }

    private int WaitInForeground(Console.ForegroundSession session, LaunchedProcess process)
    {
        using Fd? terminal = _supervisor!.Terminal;
        int status = session.Wait(process.Pidfd, terminal);
        if (status == 128 + Abi.SIGKILL && WhyKilled() is { } why)
        {
            RuntimeLog.Warn(why);
        }

        if (!_options.Keep)
        {
            _cgroup?.Dispose();
            _cgroup = null;
            ContainerDeleter.DeleteEnded(_folder, _record, new RuntimeHooks());
        }

        return status;
    }

    // systemd may have removed the cgroup already.
    private string? WhyKilled() =>
        _cgroup is null ? null
        : OomReport.Explain(_cgroup) ?? _oomLog?.Explain(_cgroup.Path[_cgroup.Path.LastIndexOf('/')..], MemoryLimits);

    // An update may have changed them; another process may have deleted the container with its copy of the config.
    private OciSpec.LinuxMemory? MemoryLimits()
    {
        try
        {
            return _folder.ReadConfig().Linux?.Resources?.Memory;
        }
        catch (ContainerException)
        {
            return _bundle.Config.Linux?.Resources?.Memory;
        }
    }

    /// <summary>Nothing of a launch that failed stays behind; the child is gone already.</summary>
    private void Undo()
    {
        try
        {
            if (_record.CgroupPath is string path)
            {
                _cgroup?.Dispose();
                _cgroup = null;
                _driver.Remove(_cgroupRequest, path, 5000);
            }

            if (_record.ResctrlPath is string group)
            {
                Sys.TryUnlinkAt(Abi.AT_FDCWD, group, Abi.AT_REMOVEDIR);
            }

            if (_record.PoststopHooks is { Count: > 0 } hooks && _supervisor?.HooksRan == true)
            {
                RuntimeHooks.RunAndLog("poststop", hooks, new ContainerView(_record.Id, _record, ContainerStatus.Stopped).ToState());
            }

            _folder.Remove();
        }
        catch (Exception e) when (e is CgroupException or ContainerException or SyscallException)
        {
            RuntimeLog.Warn($"clean up after the failure: {e.Message}: delete --force \"{_options.Id}\" finishes it");
        }
    }
}
