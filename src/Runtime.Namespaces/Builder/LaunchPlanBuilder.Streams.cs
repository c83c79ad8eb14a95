using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

/// <summary>
/// A standard stream that is the host's null device leads to the host's inode: its owner, mode and times could be changed by
/// way of /proc/self/fd. It is opened anew, from the guest's /dev/null, or where that is something else from a node of ours.
/// </summary>
public sealed partial class LaunchPlanBuilder
{
    private void ReopenNullStreams()
    {
        bool ownMounts = OwnsMounts || (_inputs.Exec is ExecTarget target && (target.Namespaces & CLONE_NEWNS) != 0);
        if (_inputs.NullStreams == 0 || _process.Terminal == true || !ownMounts)
        {
            return; // with a terminal nobody reads them; in the host's mounts its /dev is there anyway
        }

        _writer.From("/linux/devices", "find the guest's /dev/null", HintKind.NullStream);
        Slot node = _writer.NewSlot();
        Label other = _writer.NewLabel();
        Label found = _writer.NewLabel();
        Label done = _writer.NewLabel();
        Resolve(node, _root, "dev/null", O_PATH | O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS).OnAny(other);
        RequireDevice(node, S_IFCHR, 1, 3, other);
        _writer.Jump(found);
        _writer.Mark(other);
        OpenOwnNull(node, done);
        _writer.Mark(found);
        for (int stream = 0; stream <= 2; stream++)
        {
            if ((_inputs.NullStreams & (1 << stream)) != 0)
            {
                ReopenNull(stream, node);
            }
        }

        _writer.Mark(done);
    }

    private void ReopenNull(int stream, Slot node)
    {
        _writer.From("/linux/devices", $"open descriptor {stream} anew, which is the host's null device", HintKind.NullStream);
        Slot flags = _writer.NewSlot();
        Slot opened = _writer.NewSlot();
        _writer.Call(flags, SyscallNumber.fcntl, stream, F_GETFL);
        _writer.Call(SyscallNumber.dup3, node, stream, 0);
        _writer.Call(opened, SyscallNumber.openat, _hostProc, _writer.Text($"thread-self/fd/{stream}"), flags);
        _writer.Call(SyscallNumber.dup3, opened, stream, 0);
        _writer.Call(SyscallNumber.close, opened);
    }

    private void OpenOwnNull(Slot node, Label without)
    {
        _writer.From("/linux/devices", "make a null device for the streams", HintKind.NullStream);
        if (_inputs.Exec is null)
        {
            _writer.Call(node, SyscallNumber.openat, _nodes, _writer.Text(NullNode), O_PATH | O_NOFOLLOW | O_CLOEXEC);
            return;
        }

        Slot filesystem = _writer.NewSlot();
        Slot mount = _writer.NewSlot();
        _writer.Call(filesystem, SyscallNumber.fsopen, _writer.Text("tmpfs"), FSOPEN_CLOEXEC).On(Errno.EPERM, without);
        _writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_CMD_CREATE, 0, 0, 0);
        _writer.Call(mount, SyscallNumber.fsmount, filesystem, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
        // Without the rights to make a node the guest has none over the host's either: nothing is lost by leaving it.
        _writer.Call(SyscallNumber.mknodat, mount, _writer.Text(NullNode), S_IFCHR | Everybody, DeviceNumber(1, 3)).On(Errno.EPERM, without);
        _writer.Call(node, SyscallNumber.openat, mount, _writer.Text(NullNode), O_PATH | O_NOFOLLOW | O_CLOEXEC);
    }
}
