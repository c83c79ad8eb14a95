using OciSpec;
using Runtime.Cgroups;
using Runtime.Launch;
using Runtime.Linux;
using Runtime.Owned;
using Runtime.State;
using Runtime.Terminals;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// Makes a container from a bundle and the images of a checkpoint, with criu.
/// </summary>
public sealed class ContainerRestorer : IDisposable
{
    private const string LogName = "restore.log";

    private readonly RestoreOptions _options;
    private readonly Bundle _bundle;
    private readonly NewContainer _container;
    private readonly List<Fd> _owned = [];
    private List<int> _handedOn = [];
    private PrivateMounts? _mounts;
    private Fd? _pidfd;
    private Fd? _terminal;

    private ContainerRestorer(RestoreOptions options)
    {
        CreateOptions create = options.Create;
        CheckpointSupport.Require(create.Rootless);
        CheckpointSupport.RequireSecurityModule(options.Criu);
        _options = options;
        _bundle = Bundle.Open(create);
        CheckpointSupport.RequireOwnMounts(_bundle.Config);
        PidFile.Require(create.PidFile);
        _container = new NewContainer(create, _bundle);
    }

    /// <summary>Restores a container; in the foreground it waits for its end.</summary>
    /// <returns>The exit status of the first process, 128+n for a signal; 0 when detached.</returns>
    /// <exception cref="ContainerException">criu is missing or failed (its first error is in the message), or what it restored is not what the configuration allows.</exception>
    public static int Run(RestoreOptions options)
    {
        using var restorer = new ContainerRestorer(options);
        ForegroundSession? begun = null;
        bool restored = false;
        try
        {
            begun = options.Create.Detach ? null : ForegroundSession.Begin();
            restorer.Restore();
            restored = true;
        }
        finally
        {
            if (!restored)
            {
                restorer.Undo();
                begun?.Dispose();
            }
        }

        using ForegroundSession? session = begun;
        return session is null ? 0 : restorer.WaitInForeground(session);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Fd fd in _owned)
        {
            fd.Dispose();
        }

        _pidfd?.Dispose();
        _terminal?.Dispose();
        _container.Dispose();
    }

    private void Restore()
    {
        _container.Directory.WriteRecord(_container.Record);
        _container.Directory.WriteConfig(_bundle.ConfigBytes);
        _container.PrepareCgroup();
        ResctrlGroup? resctrl = _container.MakeResctrlGroup();
        MountTargets.Make(_bundle.Config, _bundle.Path, _bundle.RootPath);
        using PrivateMounts mounts = PrivateMounts.Enter(_bundle.RootPath, _bundle.Config.Root?.Readonly == true);
        _mounts = mounts;
        using Fd images = ImageFolder.Open("--image-path", _options.ImagePath);
        ImageFolder.RequirePlain(images, _options.ImagePath);
        using Fd? ownWork = _options.WorkPath is string path ? ImageFolder.Make("--work-path", path) : null;
        Fd work = ownWork ?? images;
        List<ExternalMount> outside = ExternalMounts.Of(_bundle.Config, _bundle.Path);
        var rules = new ImageRules(_bundle.Config, outside.Select(static m => m.Key), CgroupOptions())
        {
            Filter = RestoredProcesses.HasFilter(_bundle.Config) ? SeccompFilters.Compile(_bundle.Config.Linux!.Seccomp) : null,
            ExternalVeths = NetDeviceImages.External(CheckpointSupport.ConfigFile(_bundle.Config)),
        };
        using ReviewedImages reviewed = ReviewedImages.Read(images, _options.ImagePath, rules, _bundle.RootPath, outside);
        ImageFolder.ClearLogs(work, LogName);
        var extraFds = new List<int>();
        // In this mount namespace the container's directory holds what criu gets; the directory itself is reached by its fd.
        using PrivateDirectory ours = PrivateDirectory.Mount(_container.Directory.Path);
        using PrivateDirectory placed = ours.Make("images");
        using PrivateDirectory yard = ours.Make("cgroups");
        ours.Make("nodes").Dispose();
        using GuestNodes nodes = GuestNodes.Make(_bundle.Config, _container.Directory.Path + "/nodes");
        using var streams = new RestoredStreams(nodes, extraFds);
        CriuRequest request = Request(placed, work, outside, CgroupYard.Fill(yard) ? _container.Directory.Path + "/cgroups" : null, extraFds);
        request.Inherited.AddRange(streams.Inherit(images, reviewed));
        using CriuSession criu = CriuSession.Start(
            _container.Cgroup?.Directory,
            quiet: false,
            _bundle.Config.Process?.NoNewPrivileges == true,
            _container.Record.NoNewKeyring ? null : _container.Record.Keyring,
            extraFds);
        _container.Attach(criu.Pid);
        // What criu makes is in its group.
        resctrl?.Enter(criu.Pid);
        // Only now: a scope of systemd's is made with the process that it is for.
        request.CgroupRoot = _options.Criu.Cgroups != CgroupsMode.Ignore ? CgroupBelowMount() : null;
        reviewed.RewriteCgroup(request.CgroupRoot is not null);
        reviewed.Place(placed);
        _handedOn = extraFds;
        CriuReply? reply = criu.Ask(request, Notified);
        if (reply is not { Success: true } || _pidfd is null)
        {
            string log = System.IO.Path.Combine(System.IO.Path.GetFullPath(_options.WorkPath ?? _options.ImagePath), LogName);
            throw CheckpointSupport.Failure($"restore container \"{_options.Create.Id}\"", reply, work, LogName, log);
        }
    }

    private CriuRequest Request(PrivateDirectory images, Fd work, List<ExternalMount> outside, string? yard, List<int> extraFds)
    {
        RuntimeConfig config = _bundle.Config;
        var request = new CriuRequest
        {
            Type = CriuRequestType.Restore,
            ImagesFd = images.Fd.Number,
            WorkFd = work.Number,
            LogFile = LogName,
            Root = _bundle.RootPath,
            CgroupYard = yard,
            Switches = _options.Criu with { ConfigFile = CheckpointSupport.ConfigFile(config) },
        };
        foreach (ExternalMount mount in outside)
        {
            request.External.Add($"mnt[{mount.Key}]:{mount.Source}");
        }

        ExternalNamespaces.Join(config, request, extraFds, _owned);
        return request;
    }

    /// <summary>The options of the host's cgroup2 filesystem, as mountinfo has them.</summary>
    private static string CgroupOptions()
    {
        using CgroupMount? mount = CgroupMount.Find();
        return mount is null ? string.Empty : MountEntry.Of("thread-self").FindLast(m => m.Point == mount.Path)?.FilesystemOptions ?? string.Empty;
    }

    /// <summary>The cgroup as criu and the kernel name it, from the root of the hierarchy; null without one.</summary>
    private string? CgroupBelowMount()
    {
        using CgroupMount? mount = CgroupMount.Find();
        return mount is not null ? _container.Cgroup?.Path[mount.Path.Length..] : null;
    }

    private void Notified(string script, int pid, Fd? fd)
    {
        using Fd? received = script == "orphan-pts-master" ? null : fd;
        switch (script)
        {
            case "setup-namespaces" when _bundle.Config.Hooks is not null:
                _mounts!.OnHost(() => _container.RunRuntimeHooks(pid));
                break;
            case "orphan-pts-master" when fd is not null:
                _terminal = TerminalOwner.Take(fd, _options.Create.ConsoleSocket);
                break;
            case "post-restore":
                Restored(pid);
                break;
            case "pre-resume":
                Inspect();
                break;
        }
    }

    /// <summary>All processes are there and stand still: from here on the container can be found.</summary>
    private void Restored(int pid)
    {
        if (Sys.TryPidfdOpen(pid, out _pidfd) is Errno errno and not Errno.OK)
        {
            throw new ContainerException($"restore: pidfd_open({pid}): {errno.Name()}");
        }

        // criu has set the modes of the checkpoint after it handed the terminal over.
        if (_terminal is not null)
        {
            ForegroundSession.Fit(_terminal);
        }

        _container.Record.Init = ProcessIdentity.Of(pid);
        _container.Record.Phase = CreationPhase.Created;
        _container.Directory.WriteRecord(_container.Record);
    }

    /// <summary>The last moment at which the guest stands still, with its credentials in place.</summary>
    private void Inspect()
    {
        List<int> tree = RestoredProcesses.Tree(_container.Record.Init.Pid);
        try
        {
            Inspect(tree);
            ProcessAnnouncement.Make(_options.Create.PidFile, _options.Create.PidfdSocket, _container.Record.Init.Pid, _pidfd!);
        }
        catch
        {
            // criu does not give up here any more: whatever is answered, it lets go on what is not dead.
            Sys.TryPidfdSendSignal(_pidfd!.Number, SIGKILL);
            tree.ForEach(static pid => Sys.Raw(SyscallNumber.kill, pid, SIGKILL));
            _container.Cgroup?.Kill();
            throw;
        }
    }

    private void Inspect(List<int> tree)
    {
        string? cgroup = CgroupBelowMount();
        if (_container.Cgroup is { } own && _options.Criu.Cgroups is not (CgroupsMode.Ignore or CgroupsMode.None))
        {
            // The images had their say about limits: the configuration has the last.
            _container.Driver.Update(_container.CgroupRequest, null, own);
        }

        var processes = new RestoredProcesses(_bundle.Config, cgroup, _options.Criu.LsmProfile);
        var mounts = new RestoredMounts(_bundle.Config, _bundle.Path, _bundle.RootPath, cgroup);
        var files = new RestoredFiles(_handedOn);
        foreach (int pid in tree)
        {
            processes.Check(pid, _container.Record.Init.Pid);
            files.Check(pid);
            mounts.Check(pid);
        }

        _mounts!.InGuest(_container.Record.Init.Pid, root => RestoredCovers.Check(_bundle.Config, root, _container.Record.Init.Pid));
    }

    private int WaitInForeground(ForegroundSession session)
    {
        // Others may now signal, show and delete the container.
        _container.Directory.Unlock();
        int status = session.Wait(_pidfd!, _terminal);
        if (!_options.Create.Keep)
        {
            _container.DeleteEnded();
        }

        return status;
    }

    /// <summary>Nothing of a restore that failed stays behind.</summary>
    private void Undo()
    {
        if (_pidfd is not null)
        {
            Sys.TryPidfdSendSignal(_pidfd.Number, SIGKILL);
        }

        _container.Undo();
        if (_pidfd is not null)
        {
            Sys.TryWaitPidfd(_pidfd.Number, WEXITED, out _);
        }
    }
}
