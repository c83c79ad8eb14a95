using System.Globalization;
using OciSpec;
using Runtime.Linux;
using Runtime.Linux.Files;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>
/// A small tmpfs of the container's own below its root: a null device, which covers masked files, and
/// with a user namespace the container's devices. No inode of the host's /dev comes into a guest that may change its owner,
/// mode and times for all: the tmpfs is mounted below the root until pivot_root(2), what is needed of it is bound from there.
/// </summary>
internal sealed class NodesPart(PlanScope scope, DeviceList devices) : LaunchPart(scope)
{
    /// <summary>The name of the null device there.</summary>
    public const string NullNode = "null";

    private Slot _boundNull = Slot.None;

    /// <summary>The tmpfs's mount; <see cref="Slot.None"/> before it is made, and where none is needed.</summary>
    public Slot Fd { get; private set; } = Slot.None;

    /// <summary>Whether there is one.</summary>
    public bool IsMade => Fd.Index >= 0;

    private bool IsNeeded => OwnsMounts
        ? Linux.MaskedPaths is { Count: > 0 } || Inputs.NullStreams != 0 || MakesDevicesOutside
        : Scope.SetsUpMounts; // by its name it is found again, when the container is deleted

    /// <summary>In a user namespace devices cannot be made: the runtime makes them before, with the host's rights, for the namespace's root.</summary>
    public bool MakesDevicesOutside => Scope.MayMakeNodes && Scope.EntersUserNamespace && devices.IsSetUp;

    /// <summary>Before the child is in its user namespace; without one the child makes the nodes itself, at the expense of its cgroup.</summary>
    public void MakeOutside()
    {
        if (IsNeeded && Scope.EntersUserNamespace)
        {
            Make();
        }
    }

    public void Keep(Slot place)
    {
        if (!IsNeeded)
        {
            return;
        }

        if (!IsMade)
        {
            Make();
        }

        Writer.From("/linux/maskedPaths", "keep the container's own nodes below its root", HintKind.Filesystem);
        Attach(Fd, place);
        if (Resolved.MountsInRuntimesNamespace)
        {
            // Below a shared mount it is shared, too (mount_namespaces(7)): of all that comes on it nothing shows up elsewhere.
            Attributes(Fd, 0, new mount_attr { propagation = MS_PRIVATE });
        }

        if (_boundNull.Index >= 0)
        {
            Slot covered = Writer.NewSlot();
            Writer.Call(covered, SyscallNumber.openat, Fd, Writer.Text(NullNode), O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0);
            Attach(_boundNull, covered);
        }
    }

    private void Make()
    {
        Writer.From("/linux/maskedPaths", "make the container's own nodes", HintKind.Filesystem);
        Slot filesystem = Writer.NewSlot();
        Fd = Writer.NewSlot();
        Writer.Call(filesystem, SyscallNumber.fsopen, Writer.Text("tmpfs"), FSOPEN_CLOEXEC);
        if (!OwnsMounts)
        {
            Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_STRING, Writer.Text("source"), Writer.Text(Inputs.MountMark), 0);
        }

        Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_CMD_CREATE, 0, 0, 0);
        Writer.Call(Fd, SyscallNumber.fsmount, filesystem, FSMOUNT_CLOEXEC, 0);
        Writer.Call(SyscallNumber.close, filesystem);
        if (!Scope.MayMakeNodes)
        {
            OpenHostsNull();
            return;
        }

        Writer.From("/linux/devices", "make /dev/null", HintKind.Device);
        MakeNode(NullNode, S_IFCHR, DefaultDevices.Mode, 1, 3, 0, 0);
        if (MakesDevicesOutside)
        {
            for (int i = 0; i < devices.Nodes.Count; i++)
            {
                DeviceNode device = devices.Nodes[i];
                device.From(Writer, "make");
                MakeNode(NameOf(i), device.Type, device.Mode, device.Major, device.Minor, HostId(Linux.UidMappings, device.Uid), HostId(Linux.GidMappings, device.Gid));
            }
        }
    }

    /// <summary>An ordinary user, who may not make nodes: the host's is not theirs, and read-only it keeps its times as well.</summary>
    private void OpenHostsNull()
    {
        Writer.From("/linux/maskedPaths", "open the host's /dev/null", HintKind.Device);
        _boundNull = Writer.NewSlot();
        Writer.Call(_boundNull, SyscallNumber.open_tree, AT_FDCWD, Writer.Text("/dev/null"), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
        RequireDevice(_boundNull, S_IFCHR, 1, 3);
        Attributes(_boundNull, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
    }

    private void MakeNode(string name, int type, int mode, uint major, uint minor, uint uid, uint gid)
    {
        Argument text = Writer.Text(name);
        Writer.Call(SyscallNumber.mknodat, Fd, text, type | mode, type == S_IFIFO ? 0 : DeviceNumber.Encode(major, minor));
        if (Scope.EntersUserNamespace)
        {
            // Made by the runtime, whose umask is the caller's.
            Writer.Call(SyscallNumber.fchmodat, Fd, text, mode);
        }

        if (uid != 0 || gid != 0)
        {
            Writer.Call(SyscallNumber.fchownat, Fd, text, (long)uid, (long)gid, AT_SYMLINK_NOFOLLOW);
        }
    }

    /// <summary>From here on nothing of the nodes can be changed, by whatever mount of it they are reached.</summary>
    public void Seal()
    {
        Writer.From("/linux/maskedPaths", "make the covers read-only", HintKind.MountAttributes);
        Attributes(Fd, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
    }

    /// <summary>The name there of one of the container's devices.</summary>
    public static string NameOf(int device) => device.ToString(CultureInfo.InvariantCulture);

    // As it is where the mapping is not the config's own.
    private uint HostId(List<IdMapping>? mappings, uint id) => Namespaces.Makes(CLONE_NEWUSER) ? IdMappings.ToHost(mappings, id) ?? id : id;
}
