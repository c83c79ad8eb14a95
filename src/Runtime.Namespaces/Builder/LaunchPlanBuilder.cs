using OciSpec;
using Runtime.Namespaces.Builder.Parts;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

/// <summary>
/// Compiles a resolved config into a <see cref="LaunchPlan"/>: a pure function, which asks neither the host nor the clock nor
/// the environment. Each part of the launch is a type of its own; their order is that of <see cref="Compile"/>, as
/// docs/ARCHITECTURE.md draws it.
/// </summary>
public sealed class LaunchPlanBuilder
{
    private readonly PlanScope _scope;
    private readonly HostProcPart _hostProc;
    private readonly ChildPart _child;
    private readonly NamespacesPart _namespaces;
    private readonly TimePart _time;
    private readonly NetworkPart _network;
    private readonly KernelSettingsPart _settings;
    private readonly NodesPart _nodes;
    private readonly RootPart _root;
    private readonly DevicesPart _devices;
    private readonly HostCgroupsPart _hostCgroups;
    private readonly FilesystemsPart _filesystems;
    private readonly MountsPart _mounts;
    private readonly CoversPart _covers;
    private readonly ConsolePart _console;
    private readonly NullStreamsPart _nullStreams;
    private readonly PipesPart _pipes;
    private readonly LabelsPart _labels;
    private readonly SchedulingPart _scheduling;
    private readonly RlimitsPart _limits;
    private readonly SeccompPart _seccomp;
    private readonly CommandPart _command;
    private readonly CredentialsPart _credentials;
    private readonly HooksPart _hooks;
    private readonly VisibilityPart _visibility;
    private readonly StartPart _start;

    private LaunchPlanBuilder(PlanScope scope)
    {
        var deviceList = new DeviceList(scope);
        _scope = scope;
        _hostProc = new HostProcPart(scope);
        _child = new ChildPart(scope);
        _namespaces = new NamespacesPart(scope);
        _time = new TimePart(scope);
        _network = new NetworkPart(scope);
        _settings = new KernelSettingsPart(scope);
        _nodes = new NodesPart(scope, deviceList);
        _root = new RootPart(scope, _nodes, new LayersPart(scope));
        _devices = new DevicesPart(scope, deviceList, _nodes);
        _hostCgroups = new HostCgroupsPart(scope, _namespaces);
        _filesystems = new FilesystemsPart(scope, _namespaces, _hostCgroups);
        _mounts = new MountsPart(scope, new BindsPart(scope), _filesystems);
        _covers = new CoversPart(scope, _nodes);
        _console = new ConsolePart(scope, _devices);
        _nullStreams = new NullStreamsPart(scope, _nodes);
        _pipes = new PipesPart(scope);
        _labels = new LabelsPart(scope);
        _scheduling = new SchedulingPart(scope);
        _limits = new RlimitsPart(scope);
        _seccomp = new SeccompPart(scope);
        _command = new CommandPart(scope);
        _start = new StartPart(scope, _seccomp);
        _credentials = new CredentialsPart(scope, _command, _seccomp, _start);
        _hooks = new HooksPart(scope, _command, _seccomp);
        _visibility = new VisibilityPart(scope, _command, _seccomp);
    }

    /// <summary>Compiles a launch. With <paramref name="describe"/> the plan can say where each operation comes from.</summary>
    /// <exception cref="LaunchException">The config asks for what cannot be done.</exception>
    public static GuestPlan Build(LaunchInputs inputs, bool describe = false)
    {
        try
        {
            var scope = new PlanScope(inputs, describe);
            return inputs.Exec is ExecTarget target ? new ExecPlanBuilder(scope, target).Compile() : new LaunchPlanBuilder(scope).Compile();
        }
        catch (OverflowException)
        {
            throw new LaunchException(string.Empty, $"the config asks for more than the {short.MaxValue} operations that a launch can have: it has too many mounts, paths or devices");
        }
    }

    /// <summary>Whether a launch with this filter needs <see cref="LaunchInputs.ReportFile"/>.</summary>
    public static bool NeedsReportFile(SeccompFilter? filter) => SeccompPart.NeedsReportFile(filter);

    /// <summary>The order of a launch. What stands before the child's start the runtime does itself.</summary>
    private GuestPlan Compile()
    {
        _seccomp.Place();
        _hostProc.Open();
        _namespaces.OpenPaths();
        OpenSources(inside: false);
        _hostCgroups.Open();
        _pipes.GiveAsHost();

        int childStart = _scope.Writer.Count;
        _child.Protect();
        EnterNamespaces();
        OpenSources(inside: true);
        _settings.SetHostNames();
        _settings.SetSysctls();

        _root.AttachAtItsPlace();
        _mounts.MountAll();
        _devices.Make();
        _console.Make();
        _covers.Cover();
        _hooks.RunBeforePivot();
        _filesystems.Seal();
        _command.MakeWorkingDirectory();
        _root.Change();

        _labels.Set();
        _labels.JoinKeyring();
        _nullStreams.Reopen();
        _hostProc.Release();
        _namespaces.JoinPidNamespace();
        _pipes.GiveToUser();
        _console.Use();
        _scheduling.Set();
        _credentials.Set();

        _visibility.LetGoOfTheHost();
        _visibility.EnterPidNamespace();
        _console.LeadSession();
        _start.Wait();
        _hooks.RunStartContainer();
        _limits.SetInside();
        _command.Execute(_seccomp);
        return Finish(childStart);
    }

    /// <summary>
    /// What comes from the host, with the host's rights; an ordinary user may copy mounts only inside the user namespace
    /// that it has just made, and with a joined mount namespace paths are that namespace's, as with every runtime.
    /// </summary>
    private void OpenSources(bool inside)
    {
        if (inside == _scope.OpensInside)
        {
            _root.Open();
            _mounts.OpenSources();
            _devices.OpenHosts();
            _nodes.MakeOutside();
        }
    }

    private void EnterNamespaces()
    {
        bool newUser = _scope.Namespaces.Makes(CLONE_NEWUSER);
        if (!newUser)
        {
            // Root of a user namespace can no longer write it: in a new one the runtime does, along with the mappings.
            _settings.SetOomScore();
        }

        _namespaces.Enter();
        _time.OpenOffsets();
        if (newUser)
        {
            if ((_namespaces.CloneFlags & CLONE_NEWNS) != 0)
            {
                _root.FindPlace(); // the namespace's root may not go everywhere that the runtime may
            }

            _namespaces.RequestIdMaps();
        }

        _child.AwaitCgroup();
        _namespaces.MakeCgroupNamespace();
        _time.Enter();
        _network.SetLoopbackUp();
        _network.MoveNetworkDevices();
    }

    private GuestPlan Finish(int childStart) => new(_scope.Writer.Finish(childStart), _scope.Control, _namespaces.CloneFlags)
    {
        RuntimeControl = _scope.RuntimeControl,
        Siblings = _scope.Siblings,
        Scheduler = _scheduling.FromOutside,
        LastSiblingIsSeen = _scope.EntersPid,
        AsksForNothing = _scope.Writer.Requests == 1 && _scope.Siblings == 0 && !_scope.RunsStartContainerHooks,
        MapsIds = _scope.Namespaces.Makes(CLONE_NEWUSER),
        Rlimits = _limits.Compile(),
        ChildSetsRlimits = _scope.Inputs.ChildSetsRlimits,
    };
}
