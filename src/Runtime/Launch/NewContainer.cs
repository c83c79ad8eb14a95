using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;
using Runtime.Hooks;
using Runtime.Lifecycle;
using Runtime.Linux;
using Runtime.Namespaces;
using Runtime.Owned;
using Runtime.State;

namespace Runtime.Launch;

/// <summary>
/// What a container has before its first process, whether it is created or restored: its id, claimed in the state directory,
/// its record, its cgroup. What is made is written to the record before it exists, so that `delete --force` finds it,
/// wherever this process is killed.
/// </summary>
internal sealed class NewContainer : IDisposable
{
    private readonly CreateOptions _options;
    private readonly StateStore _store;

    /// <summary>Claims the id.</summary>
    /// <exception cref="ContainerException">Another container has it, or the state directory cannot be used.</exception>
    public NewContainer(CreateOptions options, Bundle bundle)
    {
        _options = options;
        Bundle = bundle;
        _store = StateStore.Open(options.StateRoot);
        Driver = options.CgroupManager.NewDriver();
        Record = NewRecord();
        CgroupRequest = new CgroupRequest
        {
            Id = options.Id,
            CgroupsPath = Config.Linux?.CgroupsPath,
            Resources = Config.Linux?.Resources,
            Annotations = Config.Annotations,
            Rootless = options.Rootless,
            Strict = options.Strict,
            Claim = Claim,
        };

        // Last: what fails before it leaves no id behind, and from here on there is somebody to call Undo.
        Directory = _store.Create(options.Id);
    }

    /// <summary>What it is made from.</summary>
    public Bundle Bundle { get; }

    /// <summary>The bundle's configuration.</summary>
    public RuntimeConfig Config => Bundle.Config;

    /// <summary>Makes, changes and removes its cgroup.</summary>
    public ICgroupDriver Driver { get; }

    /// <summary>Its directory, locked.</summary>
    public ContainerDirectory Directory { get; }

    /// <summary>What is known of it; whoever changes it writes it.</summary>
    public ContainerRecord Record { get; }

    /// <summary>What its cgroup is to be like.</summary>
    public CgroupRequest CgroupRequest { get; }

    /// <summary>Its cgroup, once there is one; owned by this object.</summary>
    public Cgroup? Cgroup { get; private set; }

    /// <summary>Whether hooks ran, or may have, so that poststop has something to undo.</summary>
    public bool HooksRan { get; set; }

    /// <summary>Makes the cgroup with its limits; with systemd it is there only after <see cref="Attach"/>.</summary>
    public void PrepareCgroup()
    {
        Cgroup = Driver.Prepare(CgroupRequest);
        if (Cgroup is null && Record.Cgroup is { } unmade)
        {
            // It could not be made, and is done without: whatever comes to stand there is not this container's.
            Record.Owned.Remove(unmade);
            Directory.WriteRecord(Record);
        }

        CgroupOwner.Give(Cgroup, Bundle.Resolved, _options.Rootless);
        foreach (string warning in CgroupRequest.Warnings)
        {
            RuntimeLog.Warn(warning);
        }
    }

    /// <summary>Puts a process into the cgroup where it could not be made before there was one: systemd's.</summary>
    public void Attach(int pid)
    {
        Cgroup = Driver.Attach(CgroupRequest, Cgroup, pid);
        CgroupOwner.Give(Cgroup, Bundle.Resolved, _options.Rootless);
    }

    /// <summary>Writes down something that is about to be made: from here on it goes with the container.</summary>
    public void Own(OwnedResource resource)
    {
        Record.Owned.Add(resource);
        Directory.WriteRecord(Record);
    }

    /// <summary>Makes the resctrl group that the config asks for; null when it asks for none.</summary>
    /// <exception cref="LaunchException">The host cannot give it.</exception>
    public ResctrlGroup? MakeResctrlGroup()
    {
        if (Config.Linux?.IntelRdt is not { } config)
        {
            return null;
        }

        ResctrlGroup group = ResctrlGroup.Plan(ResctrlGroup.FindMount(), _options.Id, config);
        if (group.Owned is string path)
        {
            Own(new OwnedResctrlGroup(path));
        }

        group.Make();
        return group;
    }

    /// <summary>Writes down where in a mount namespace that is not its own its mounts will be.</summary>
    public void ClaimJoinedMounts()
    {
        if (JoinedMounts.Plan(Bundle.Resolved) is { } mounts)
        {
            Own(mounts);
        }
    }

    /// <summary>Its state before it is created, as hooks and agents get it.</summary>
    /// <param name="pid">Its first process, which the record does not have yet.</param>
    public ContainerState StateOf(int pid)
    {
        ContainerState state = new ContainerView(Record.Id, Record, ContainerStatus.Creating).ToState();
        state.Pid = pid;
        return state;
    }

    /// <summary>Runs the prestart and createRuntime hooks of a config that has hooks.</summary>
    /// <param name="pid">Its first process.</param>
    public void RunRuntimeHooks(int pid)
    {
        HooksRan = true;
        ContainerState state = StateOf(pid);
        RuntimeHooks.Run("prestart", Config.Hooks!.Prestart, state);
        RuntimeHooks.Run("createRuntime", Config.Hooks.CreateRuntime, state);
    }

    /// <summary>Removes it after the end of its first process, which this process has waited for.</summary>
    public void DeleteEnded()
    {
        CloseCgroup();
        ContainerDeleter.DeleteEnded(Directory, Record, new RuntimeHooks());
    }

    /// <summary>Nothing of it stays behind.</summary>
    public void Undo()
    {
        try
        {
            CloseCgroup();
            ContainerDeleter.Release(Record, HooksRan ? new RuntimeHooks() : null);
            Directory.Remove();
        }
        catch (Exception e) when (e is CgroupException or ContainerException or SyscallException)
        {
            RuntimeLog.Warn($"clean up after the failure: {e.Message}: delete --force \"{Record.Id}\" finishes it");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Cgroup?.Dispose();
        Directory.Dispose();
        _store.Dispose();
        Driver.Dispose();
    }

    private void CloseCgroup()
    {
        Cgroup?.Dispose();
        Cgroup = null;
    }

    private ContainerRecord NewRecord() => new()
    {
        OciVersion = Config.OciVersion ?? string.Empty,
        Id = _options.Id,
        Bundle = Bundle.Path,
        Rootfs = Bundle.RootPath,
        Created = Timestamps.Now(),
        OwnerUid = Sys.GetEuid(),
        Annotations = Config.Annotations,
        Phase = CreationPhase.Creating,
        PoststartHooks = Config.Hooks?.Poststart,
        Command = Config.Process?.Args?[0],
        PoststopHooks = Config.Hooks?.Poststop,
        Rootless = _options.Rootless,
        NoPivot = _options.NoPivot,
        NoNewKeyring = _options.NoNewKeyring,
        Keyring = $"_ses.{_options.Id}.{RandomName.New()}",
    };

    // The driver is about to make this cgroup, or found it empty. A first attempt may have been at another place.
    private void Claim(string path)
    {
        if (Record.Cgroup is { } unmade)
        {
            Record.Owned.Remove(unmade);
        }

        Own(new OwnedCgroup(path, Driver.Manager, _options.Rootless));
    }
}
