using Runtime.Linux;
using Runtime.Namespaces.Child;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

public sealed partial class LaunchPlanBuilder
{
    // fsconfig(2) takes strings of at most 255 bytes; a longer option (lowerdir of an overlay) needs mount(2).
    private const int LongestFsconfigString = 255;

    private void MountFilesystem(PlannedMount planned)
    {
        string type = planned.Mount.Type is "cgroup" ? "cgroup2" : planned.Mount.Type ?? "none";
        bool kernels = type is "proc" or "sysfs" or "cgroup2";
        _writer.From($"/mounts/{planned.Index}/destination", $"reach {planned.Mount.Destination}", HintKind.MountTarget);
        // What the kernel shows of itself goes on real folders only: a link would let the image choose the place.
        Slot made = _writer.NewSlot();
        bool takesMode = TakesMode(planned, type);
        Slot target = ReachOrMake(planned.Mount.Destination!, folder: true, type is "proc" or "sysfs" ? RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS : InRoot, takesMode ? made : null);
        RefuseInsideProc(planned, target);

        _writer.From($"/mounts/{planned.Index}", $"mount {type} on {planned.Mount.Destination}", FilesystemHint(type));
        if (planned.Options.Data.Exists(d => System.Text.Encoding.UTF8.GetByteCount(d.Option) > LongestFsconfigString))
        {
            MountClassic(planned, type, target, takesMode ? made : null);
            return;
        }

        Slot mount = planned.Fd = _writer.NewSlot();
        Label done = _writer.NewLabel();
        MakeMount(planned, type, mount, kernels ? HostFallback(type) : null, done);
        _writer.Mark(done);
        LabelRootOf(planned, mount);
        if (takesMode)
        {
            TakeMode(target, made, mount);
        }

        if (planned.Options.CopyUp)
        {
            RequestCopyUp(planned, target, mount);
        }

        Attach(mount, target);
        SetRecursiveFlags(mount, planned.Options);
    }

    /// <summary>A tmpfs keeps the mode of the directory that it covers, unless the config gives one; its owner is root, as with every runtime.</summary>
    private static bool TakesMode(PlannedMount planned, string type) =>
        type == "tmpfs" && !planned.Options.CopyUp && !planned.Options.Data.Exists(d => d.Option.StartsWith("mode=", StringComparison.Ordinal));

    private void TakeMode(Slot covered, Slot made, Slot mount)
    {
        Label madeHere = _writer.NewLabel();
        _writer.Add(OperationCode.JumpIfSet, Slot.None, 0, made).Then(madeHere);
        Argument status = _writer.Room(256);
        Slot mode = _writer.NewSlot();
        _writer.Call(SyscallNumber.statx, covered, Empty, AT_EMPTY_PATH, STATX_MODE, status);
        _writer.Add(OperationCode.Load, mode, 0, PlanWriter.Inside(status, StatxMode), 0xfffL);
        _writer.Call(SyscallNumber.fchmodat, mount, Dot, mode);
        _writer.Mark(madeHere);
    }

    private void MakeMount(PlannedMount planned, string type, Slot mount, string? hostFallback, Label made)
    {
        Slot filesystem = _writer.NewSlot();
        ulong flags = planned.Options.Set;
        if ((flags & MOUNT_ATTR_RDONLY) != 0 && type == "tmpfs")
        {
            // Later mounts may need folders made in it.
            flags &= ~MOUNT_ATTR_RDONLY;
            _readOnlyLater.Add((planned.Index, mount));
        }

        Label fallback = _writer.NewLabel();
        PlanWriter.Step open = OpenFilesystem(filesystem, type);
        Configure(filesystem, planned);
        PlanWriter.Step create = _writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_CMD_CREATE, 0, 0, 0);
        PlanWriter.Step done = _writer.Call(mount, SyscallNumber.fsmount, filesystem, FSMOUNT_CLOEXEC, flags).Then(made);
        if (hostFallback is null)
        {
            return;
        }

        open.On(Errno.EPERM, fallback);
        create.On(Errno.EPERM, fallback);
        done.On(Errno.EPERM, fallback);
        _writer.Mark(fallback);
        _writer.Call(mount, SyscallNumber.open_tree, AT_FDCWD, _writer.Text(hostFallback), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        Attributes(mount, AT_RECURSIVE, new mount_attr { attr_set = flags | MOUNT_ATTR_RDONLY, propagation = MS_SLAVE });
    }

    /// <summary>
    /// fsopen(2). A procfs shows the pid namespace of the process that opens it, and one that is joined is entered only at the
    /// end: the kernel is told which (Linux 6.17), or a process that is in it opens it (<see cref="ChildProc"/>).
    /// </summary>
    private PlanWriter.Step OpenFilesystem(Slot filesystem, string type)
    {
        PlanWriter.Step open = _writer.Call(filesystem, SyscallNumber.fsopen, _writer.Text(type), FSOPEN_CLOEXEC);
        if (type == "proc" && _joined.Find(n => n.Flag == CLONE_NEWPID) is JoinedNamespace pid)
        {
            Label told = _writer.NewLabel();
            Label old = _writer.NewLabel();
            _writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_FD, _writer.Text("pidns"), 0, pid.Fd).Then(told).OnAny(old);
            _writer.Mark(old);
            _writer.Call(SyscallNumber.close, filesystem);
            _writer.Add(OperationCode.OpenProc, filesystem, 0, pid.Fd, _root);
            _writer.Mark(told);
        }

        return open;
    }

    /// <summary>
    /// In a user namespace the kernel refuses sysfs without a network namespace of one's own, and cgroupfs without a
    /// cgroup namespace: there the guest gets the host's, read-only.
    /// </summary>
    private string? HostFallback(string type)
    {
        if (!BindsDevices)
        {
            return null;
        }

        return type switch { "sysfs" => "/sys", "cgroup2" => "/sys/fs/cgroup", _ => null };
    }

    private void Configure(Slot filesystem, PlannedMount planned)
    {
        if (planned.Mount.Source is { Length: > 0 } source && !planned.Options.Remount)
        {
            _writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_STRING, _writer.Text("source"), _writer.Text(source), 0);
        }

        foreach (string flag in planned.Options.SuperblockFlags)
        {
            _writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_FLAG, _writer.Text(flag), 0, 0);
        }

        if (planned.Mount.Type is not ("proc" or "sysfs" or "cgroup" or "cgroup2" or "tmpfs" or "devpts" or "mqueue") && (planned.Options.Set & MOUNT_ATTR_RDONLY) != 0)
        {
            _writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_FLAG, _writer.Text("ro"), 0, 0);
        }

        foreach ((int index, string option) in planned.Options.Data)
        {
            _writer.From($"/mounts/{planned.Index}/options/{index}", $"give {option} to {planned.Mount.Type}", HintKind.Filesystem);
            ConfigureOption(filesystem, option);
        }

        if (MountContext(planned) is string label)
        {
            _writer.From("/linux/mountLabel", $"label {planned.Mount.Destination}", HintKind.Label);
            _writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_STRING, _writer.Text("context"), _writer.Text(label), 0);
        }

        _writer.From($"/mounts/{planned.Index}", $"mount {planned.Mount.Type} on {planned.Mount.Destination}", FilesystemHint(planned.Mount.Type));
    }

    /// <summary>
    /// The SELinux context of all files of a mount (mount(8), "context="), or null. What the kernel shows of itself has
    /// labels of its own, and mqueue's superblock is older than the mount: it would refuse another context.
    /// </summary>
    private string? MountContext(PlannedMount planned) =>
        planned.Mount.Type is "proc" or "sysfs" or "cgroup" or "cgroup2" or "mqueue" || planned.Options.Remount || string.IsNullOrEmpty(_linux.MountLabel) ? null : _linux.MountLabel;

    /// <summary>What cannot have a context for all of its files gets the label on its root at least.</summary>
    private void LabelRootOf(PlannedMount planned, Slot mount)
    {
        if (planned.Mount.Type == "mqueue" && _linux.MountLabel is { Length: > 0 } label)
        {
            _writer.From("/linux/mountLabel", $"label {planned.Mount.Destination}", HintKind.Label);
            Slot root = _writer.NewSlot();
            _writer.Call(root, SyscallNumber.openat, mount, Dot, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            _writer.Call(SyscallNumber.fsetxattr, root, _writer.Text("security.selinux"), _writer.Text(label), System.Text.Encoding.UTF8.GetByteCount(label), 0);
            _writer.Call(SyscallNumber.close, root);
        }
    }

    private void ConfigureOption(Slot filesystem, string option)
    {
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            _writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_FLAG, _writer.Text(option), 0, 0);
            return;
        }

        _writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_STRING, _writer.Text(option[..equals]), _writer.Text(option[(equals + 1)..]), 0);
    }

    /// <summary>mount(2) on the folder that the fd stands for, by way of the working directory: no path is walked.</summary>
    private void MountClassic(PlannedMount planned, string type, Slot target, Slot? made)
    {
        string data = string.Join(',', planned.Options.Data.ConvertAll(d => d.Option));
        if (MountContext(planned) is string label)
        {
            // In quotes: the ranges of a label may have commas.
            data += $",context=\"{label}\"";
        }

        _writer.Call(SyscallNumber.fchdir, target);
        _writer.Call(SyscallNumber.mount, _writer.Text(planned.Mount.Source ?? "none"), Dot, _writer.Text(type), 0, _writer.Text(data));
        _writer.Call(SyscallNumber.fchdir, _root);
        Slot mount = _writer.NewSlot();
        Resolve(mount, _root, planned.Mount.Destination!, O_PATH | O_DIRECTORY, InRoot);
        if (made is Slot set)
        {
            TakeMode(target, set, mount);
        }

        Attributes(mount, 0, new mount_attr { attr_set = planned.Options.Set, attr_clr = planned.Options.Clear });
        SetRecursiveFlags(mount, planned.Options);
    }

    private void RequestCopyUp(PlannedMount planned, Slot covered, Slot tmpfs)
    {
        _writer.From($"/mounts/{planned.Index}/options", $"copy {planned.Mount.Destination} into its tmpfs", HintKind.Filesystem);
        Slot source = _writer.NewSlot();
        _writer.Call(source, SyscallNumber.openat2, covered, Dot, How(O_RDONLY | O_DIRECTORY, 0, RESOLVE_BENEATH), OpenHowSize);
        // The tmpfs takes the folder's owner and mode too, unless the config gives them.
        bool takesRoot = !planned.Options.Data.Exists(d => d.Option.StartsWith("mode=", StringComparison.Ordinal)
            || d.Option.StartsWith("uid=", StringComparison.Ordinal) || d.Option.StartsWith("gid=", StringComparison.Ordinal));
        RequestWithFd(ControlKind.CopyUp, source, planned.Index);
        RequestWithFd(ControlKind.CopyUp, tmpfs, takesRoot ? 1 : 0);
    }

    private static HintKind FilesystemHint(string? type) => type switch
    {
        "proc" => HintKind.Proc,
        "sysfs" => HintKind.Sysfs,
        "cgroup" or "cgroup2" => HintKind.Cgroupfs,
        _ => HintKind.Filesystem,
    };
}
