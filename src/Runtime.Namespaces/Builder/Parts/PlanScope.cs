using OciSpec;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>What all parts of one plan share: its writer, what it is made from, and the few handles that nearly all of them use.</summary>
internal sealed class PlanScope
{
    /// <summary>Starts a plan.</summary>
    public PlanScope(LaunchInputs inputs, bool describe)
    {
        Inputs = inputs;
        // config.md, process: required when `start` is called.
        Process = Config.Process ?? (inputs.Gate == StartGate.Socket ? new ProcessSpec() : throw new LaunchException("/process", "missing: there is nothing to run"));
        Linux = Config.Linux ?? new LinuxSection();
        Writer = new PlanWriter(describe);
        Control = Writer.NewSlot();
        RuntimeControl = Writer.NewSlot();
    }

    /// <summary>The plan.</summary>
    public PlanWriter Writer { get; }

    /// <summary>What it is made from.</summary>
    public LaunchInputs Inputs { get; }

    /// <summary>The config.</summary>
    public RuntimeConfig Config => Inputs.Resolved.Config;

    /// <summary>Its process; an empty one for a container that is created without.</summary>
    public ProcessSpec Process { get; }

    /// <summary>Its section for Linux.</summary>
    public LinuxSection Linux { get; }

    /// <summary>The namespaces that this launch makes and joins.</summary>
    public NamespaceSet Namespaces => Inputs.Resolved.Namespaces;

    /// <summary>The child's end of the control socket.</summary>
    public Slot Control { get; }

    /// <summary>The runtime's end, for the child to let go of.</summary>
    public Slot RuntimeControl { get; }

    /// <summary>The host's procfs, until <see cref="Parts.HostProcPart.Release"/>.</summary>
    public Slot HostProc { get; set; }

    /// <summary>The guest's root.</summary>
    public Slot Root { get; set; }

    /// <summary>"" and "." in the blob, once they are in use there.</summary>
    public Argument Empty { get; set; }

    /// <inheritdoc cref="Empty"/>
    public Argument Dot { get; set; }

    /// <summary>How often the child goes on as a sibling that it makes.</summary>
    public int Siblings { get; set; }

    /// <summary>Whether the guest's mounts are its own.</summary>
    public bool OwnsMounts => Namespaces.Makes(CLONE_NEWNS);

    /// <summary>
    /// Whether the root is a mount of the container's own, with its mounts below it: in its own mount namespace, in one that
    /// is joined, unless the joined one's root is to be the guest's, or in the runtime's.
    /// </summary>
    public bool SetsUpMounts => OwnsMounts || (JoinsMounts && Inputs.Resolved.RootPath != "/") || Inputs.Resolved.MountsInRuntimesNamespace;

    /// <summary>Whether the guest joins a mount namespace, whose paths are then the config's.</summary>
    public bool JoinsMounts => Namespaces.Joins(CLONE_NEWNS);

    /// <summary>Whether root and sources are found in the mount namespace that the child enters.</summary>
    public bool OpensInside => Inputs.MountsInside || JoinsMounts;

    /// <summary>MS_* of the propagation that every mount of the guest starts with (mount_namespaces(7)).</summary>
    public ulong InitialPropagation => Linux.RootfsPropagation is "private" or "rprivate" or "unbindable" or "runbindable" ? MS_PRIVATE : MS_SLAVE;

    /// <summary>Whether the process ends up in a user namespace that is not the runtime's.</summary>
    public bool EntersUserNamespace => Namespaces.Lists(CLONE_NEWUSER) || Entered(CLONE_NEWUSER);

    /// <summary>Whether it ends up in a pid namespace that is there already.</summary>
    public bool EntersPid => Namespaces.Joins(CLONE_NEWPID) || Entered(CLONE_NEWPID);

    /// <summary>Whether the child may make no device node: mknod(2) takes the rights of the initial user namespace.</summary>
    public bool BindsDevices => Inputs.InUserNamespace || EntersUserNamespace;

    /// <summary>Whether the runtime may.</summary>
    public bool MayMakeNodes => !Inputs.InUserNamespace && !Inputs.MountsInside && !(JoinsMounts && EntersUserNamespace);

    /// <summary>Whether an exec enters this kind of namespace.</summary>
    public bool Entered(ulong flag) => Inputs.Exec is ExecTarget target && (target.Namespaces & flag) != 0;

    /// <summary>Whether the child itself runs hooks after it has become what the guest's command will be.</summary>
    public bool RunsStartContainerHooks => Inputs.Exec is null && Config.Hooks?.StartContainer is { Count: > 0 };

    /// <summary>
    /// Whether processes of a guest may see the child before its execve(2): one that waits for `start`, one in a pid namespace
    /// that others are in, one that runs the guest's own code as a hook. The first process of a new one is alone otherwise.
    /// </summary>
    public bool IsSeen => Inputs.Gate == StartGate.Socket || Inputs.Exec is not null || !Namespaces.Makes(CLONE_NEWPID) || RunsStartContainerHooks;
}
