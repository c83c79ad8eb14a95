using Runtime.Linux;
using Runtime.Linux.Files;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>
/// A standard stream that is the host's null device leads to the host's inode: its owner, mode and times could be changed by
/// way of /proc/self/fd. It is opened anew, from the guest's /dev/null, or where that is something else from a node of ours.
/// </summary>
internal sealed class NullStreamsPart(PlanScope scope, NodesPart? nodes) : LaunchPart(scope)
{
    public void Reopen()
    {
        bool hasHostsRoot = Inputs.Exec is ExecTarget target ? !target.InChroot && !Scope.Entered(CLONE_NEWNS) : !Scope.SetsUpMounts && Resolved.RootPath == "/";
        if (Inputs.NullStreams == 0 || Process.Terminal == true || hasHostsRoot)
        {
            return; // with a terminal nobody reads them; with the host's root its /dev is there anyway
        }

        Writer.From("/linux/devices", "find the guest's /dev/null", HintKind.NullStream);
        Slot node = Writer.NewSlot();
        Label other = Writer.NewLabel();
        Label found = Writer.NewLabel();
        Label done = Writer.NewLabel();
        Resolve(node, Root, "dev/null", O_PATH | O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS).OnAny(other);
        RequireDevice(node, S_IFCHR, 1, 3, other);
        Writer.Jump(found);
        Writer.Mark(other);
        OpenOwnNull(node, done);
        Writer.Mark(found);
        for (int stream = 0; stream <= 2; stream++)
        {
            if ((Inputs.NullStreams & (1 << stream)) != 0)
            {
                Reopen(stream, node);
            }
        }

        Writer.Mark(done);
    }

    private void Reopen(int stream, Slot node)
    {
        Writer.From("/linux/devices", $"open descriptor {stream} anew, which is the host's null device", HintKind.NullStream);
        Slot flags = Writer.NewSlot();
        Slot opened = Writer.NewSlot();
        Writer.Call(flags, SyscallNumber.fcntl, stream, F_GETFL);
        Writer.Call(SyscallNumber.dup3, node, stream, 0);
        Writer.Call(opened, SyscallNumber.openat, HostProc, Writer.Text($"thread-self/fd/{stream}"), flags);
        Writer.Call(SyscallNumber.dup3, opened, stream, 0);
        Writer.Call(SyscallNumber.close, opened);
    }

    private void OpenOwnNull(Slot node, Label without)
    {
        Writer.From("/linux/devices", "make a null device for the streams", HintKind.NullStream);
        if (nodes is { IsMade: true })
        {
            Writer.Call(node, SyscallNumber.openat, nodes.Fd, Writer.Text(NodesPart.NullNode), O_PATH | O_NOFOLLOW | O_CLOEXEC);
            return;
        }

        Slot filesystem = Writer.NewSlot();
        Slot mount = Writer.NewSlot();
        Writer.Call(filesystem, SyscallNumber.fsopen, Writer.Text("tmpfs"), FSOPEN_CLOEXEC).On(Errno.EPERM, without);
        Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_CMD_CREATE, 0, 0, 0);
        Writer.Call(mount, SyscallNumber.fsmount, filesystem, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
        // Without the rights to make a node the guest has none over the host's either: nothing is lost by leaving it.
        Writer.Call(SyscallNumber.mknodat, mount, Writer.Text(NodesPart.NullNode), S_IFCHR | DefaultDevices.Mode, DeviceNumber.Encode(1, 3)).On(Errno.EPERM, without);
        Writer.Call(node, SyscallNumber.openat, mount, Writer.Text(NodesPart.NullNode), O_PATH | O_NOFOLLOW | O_CLOEXEC);
    }
}
