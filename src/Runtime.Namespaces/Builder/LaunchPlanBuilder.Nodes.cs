using System.Globalization;
using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

/// <summary>
/// A small tmpfs of the container's own below its root: a null device, which covers masked files, and
/// with a user namespace the container's devices. No inode of the host's /dev comes into a guest that may change its owner,
/// mode and times for all: the tmpfs is mounted below the root until pivot_root(2), what is needed of it is bound from there.
/// </summary>
public sealed partial class LaunchPlanBuilder
{
    private const string NullNode = "null";
    private const int Everybody = 0x1b6; // 0666

    private Slot _nodes = Slot.None;
    private Slot _boundNull = Slot.None;

    private bool HasNodes => _nodes.Index >= 0;

    private bool NeedsNodes => OwnsMounts && (_linux.MaskedPaths is { Count: > 0 } || _inputs.NullStreams != 0 || MakesDevicesOutside);

    /// <summary>mknod(2) takes the rights of the initial user namespace.</summary>
    private bool MayMakeNodes => !_inputs.InUserNamespace && !_inputs.MountsInside;

    /// <summary>In a user namespace devices cannot be made: the runtime makes them before, with the host's rights, for the namespace's root.</summary>
    private bool MakesDevicesOutside => MayMakeNodes && EntersUserNamespace && SetsUpDevices;

    /// <summary>Before the child is in its user namespace; without one the child makes the nodes itself, at the expense of its cgroup.</summary>
    private void MakeNodesOutside()
    {
        if (NeedsNodes && EntersUserNamespace)
        {
            MakeNodes();
        }
    }

    private void AttachNodes()
    {
        if (!NeedsNodes)
        {
            return;
        }

        if (!HasNodes)
        {
            MakeNodes();
        }

        _writer.From("/linux/maskedPaths", "keep the container's own nodes below its root", HintKind.Filesystem);
        Attach(_nodes, _place);
        if (_boundNull.Index >= 0)
        {
            Slot place = _writer.NewSlot();
            _writer.Call(place, SyscallNumber.openat, _nodes, _writer.Text(NullNode), O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0);
            Attach(_boundNull, place);
        }
    }

    private void MakeNodes()
    {
        _writer.From("/linux/maskedPaths", "make the container's own nodes", HintKind.Filesystem);
        Slot filesystem = _writer.NewSlot();
        _nodes = _writer.NewSlot();
        _writer.Call(filesystem, SyscallNumber.fsopen, _writer.Text("tmpfs"), FSOPEN_CLOEXEC);
        _writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_CMD_CREATE, 0, 0, 0);
        _writer.Call(_nodes, SyscallNumber.fsmount, filesystem, FSMOUNT_CLOEXEC, 0);
        _writer.Call(SyscallNumber.close, filesystem);
        if (!MayMakeNodes)
        {
            OpenHostsNull();
            return;
        }

        _writer.From("/linux/devices", "make /dev/null", HintKind.Device);
        MakeNode(NullNode, S_IFCHR, Everybody, 1, 3, 0, 0);
        if (MakesDevicesOutside)
        {
            for (int i = 0; i < _devices.Count; i++)
            {
                DeviceNode device = _devices[i];
                FromDevice(device, "make");
                MakeNode(NodeName(i), device.Type, device.Mode, device.Major, device.Minor, HostId(_linux.UidMappings, device.Uid), HostId(_linux.GidMappings, device.Gid));
            }
        }
    }

    /// <summary>An ordinary user, who may not make nodes: the host's is not theirs, and read-only it keeps its times as well.</summary>
    private void OpenHostsNull()
    {
        _writer.From("/linux/maskedPaths", "open the host's /dev/null", HintKind.Device);
        _boundNull = _writer.NewSlot();
        _writer.Call(_boundNull, SyscallNumber.open_tree, AT_FDCWD, _writer.Text("/dev/null"), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
        RequireDevice(_boundNull, S_IFCHR, 1, 3);
        Attributes(_boundNull, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
    }

    private void MakeNode(string name, int type, int mode, uint major, uint minor, uint uid, uint gid)
    {
        Argument text = _writer.Text(name);
        _writer.Call(SyscallNumber.mknodat, _nodes, text, type | mode, type == S_IFIFO ? 0 : DeviceNumber(major, minor));
        if (EntersUserNamespace)
        {
            // Made by the runtime, whose umask is the caller's.
            _writer.Call(SyscallNumber.fchmodat, _nodes, text, mode);
        }

        if (uid != 0 || gid != 0)
        {
            _writer.Call(SyscallNumber.fchownat, _nodes, text, (long)uid, (long)gid, AT_SYMLINK_NOFOLLOW);
        }
    }

    /// <summary>From here on nothing of the nodes can be changed, by whatever mount of it they are reached.</summary>
    private void SealNodes()
    {
        _writer.From("/linux/maskedPaths", "make the covers read-only", HintKind.MountAttributes);
        Attributes(_nodes, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
    }

    private static string NodeName(int device) => device.ToString(CultureInfo.InvariantCulture);

    /// <summary>An id of the container's new user namespace as the host has it; as it is where the mapping is not the config's own.</summary>
    private uint HostId(List<IdMapping>? mappings, uint id)
    {
        foreach (IdMapping mapping in _newUser ? mappings ?? [] : [])
        {
            uint first = mapping.ContainerID ?? 0;
            if (id >= first && id - first < (mapping.Size ?? 0))
            {
                return (mapping.HostID ?? 0) + (id - first);
            }
        }

        return id;
    }
}
