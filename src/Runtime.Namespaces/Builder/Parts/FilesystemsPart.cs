using System.Text;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>New filesystems: by fsopen(2) and its like (Linux 5.2), and where these cannot, by mount(2).</summary>
internal sealed class FilesystemsPart(PlanScope scope, NamespacesPart namespaces, HostCgroupsPart hostCgroups) : MountPart(scope)
{
    // fsconfig(2) takes strings of at most 255 bytes; a longer option (lowerdir of an overlay) needs mount(2).
    private const int LongestFsconfigString = 255;

    private readonly List<(int Index, Slot Mount)> _readOnlyLater = [];

    public void Mount(ResolvedMount planned)
    {
        string type = planned.Mount.Type is "cgroup" ? "cgroup2" : planned.Mount.Type ?? "none";
        bool kernels = type is "proc" or "sysfs" or "cgroup2";
        Writer.From($"/mounts/{planned.Index}/destination", $"reach {planned.Mount.Destination}", HintKind.MountTarget);
        // What the kernel shows of itself goes on real directories only: a link would let the image choose the place.
        Slot made = Writer.NewSlot();
        bool takesMode = TakesMode(planned, type);
        Slot target = ReachOrMake(planned.Mount.Destination!, directory: true, type is "proc" or "sysfs" ? RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS : InRoot, takesMode ? made : null);
        RefuseInsideProc(planned, target);

        Writer.From($"/mounts/{planned.Index}", $"mount {type} on {planned.Mount.Destination}", FilesystemHint(type));
        if (planned.Options.Data.Exists(d => Encoding.UTF8.GetByteCount(d.Option) > LongestFsconfigString))
        {
            MountClassic(planned, type, target, takesMode ? made : null);
            return;
        }

        Slot mount = Writer.NewSlot();
        Label done = Writer.NewLabel();
        MakeMount(planned, type, mount, kernels ? HostFallback(type) : null, done);
        Writer.Mark(done);
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
    private static bool TakesMode(ResolvedMount planned, string type) =>
        type == "tmpfs" && !planned.Options.CopyUp && !planned.Options.Data.Exists(d => d.Option.StartsWith("mode=", StringComparison.Ordinal));

    private void TakeMode(Slot covered, Slot made, Slot mount)
    {
        Label madeHere = Writer.NewLabel();
        Writer.Add(OperationCode.JumpIfSet, Slot.None, 0, made).Then(madeHere);
        Argument status = Writer.Room(256);
        Slot mode = Writer.NewSlot();
        Writer.Call(SyscallNumber.statx, covered, Empty, AT_EMPTY_PATH, STATX_MODE, status);
        Writer.Add(OperationCode.Load, mode, 0, PlanWriter.Inside(status, StatxMode), 0b111_111_111_111L);
        Writer.Call(SyscallNumber.fchmodat, mount, Dot, mode);
        Writer.Mark(madeHere);
    }

    private void MakeMount(ResolvedMount planned, string type, Slot mount, string? hostFallback, Label made)
    {
        Slot filesystem = Writer.NewSlot();
        ulong flags = planned.Options.Set;
        if ((flags & MOUNT_ATTR_RDONLY) != 0 && type == "tmpfs")
        {
            // Later mounts may need directories made in it.
            flags &= ~MOUNT_ATTR_RDONLY;
            _readOnlyLater.Add((planned.Index, mount));
        }

        if (hostCgroups.TryFind(planned, out Slot copy))
        {
            Label unopened = Writer.NewLabel();
            Label opened = Writer.NewLabel();
            Writer.Add(OperationCode.JumpIfSet, Slot.None, 0, copy).Then(opened);
            Writer.Jump(unopened);
            Writer.Mark(opened);
            Writer.Add(OperationCode.Set, mount, 0, copy).Then(made);
            Writer.Mark(unopened);
        }

        Label fallback = Writer.NewLabel();
        PlanWriter.Step open = OpenFilesystem(filesystem, type);
        Configure(filesystem, planned);
        PlanWriter.Step create = Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_CMD_CREATE, 0, 0, 0);
        PlanWriter.Step done = Writer.Call(mount, SyscallNumber.fsmount, filesystem, FSMOUNT_CLOEXEC, flags).Then(made);
        if (hostFallback is null)
        {
            return;
        }

        open.On(Errno.EPERM, fallback);
        create.On(Errno.EPERM, fallback);
        done.On(Errno.EPERM, fallback);
        Writer.Mark(fallback);
        Writer.Call(mount, SyscallNumber.open_tree, AT_FDCWD, Writer.Text(hostFallback), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        Attributes(mount, AT_RECURSIVE, new mount_attr { attr_set = flags | MOUNT_ATTR_RDONLY, propagation = MS_SLAVE });
    }

    /// <summary>
    /// fsopen(2). A procfs shows the pid namespace of the process that opens it, and one that is joined is entered only at the
    /// end: the kernel is told which (Linux 6.17), or a process that is in it opens it (<c>ChildProc</c>).
    /// </summary>
    private PlanWriter.Step OpenFilesystem(Slot filesystem, string type)
    {
        PlanWriter.Step open = Writer.Call(filesystem, SyscallNumber.fsopen, Writer.Text(type), FSOPEN_CLOEXEC);
        if (type == "proc" && namespaces.PidNamespace is Slot pid)
        {
            Label told = Writer.NewLabel();
            Label old = Writer.NewLabel();
            Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_FD, Writer.Text("pidns"), 0, pid).Then(told).OnAny(old);
            Writer.Mark(old);
            Writer.Call(SyscallNumber.close, filesystem);
            Writer.Add(OperationCode.OpenProc, filesystem, 0, pid, Root);
            Writer.Mark(told);
        }

        return open;
    }

    /// <summary>
    /// In a user namespace the kernel refuses sysfs without a network namespace of one's own, and cgroupfs without a
    /// cgroup namespace: there the guest gets the host's, read-only.
    /// </summary>
    private string? HostFallback(string type)
    {
        if (!Scope.BindsDevices)
        {
            return null;
        }

        return type switch { "sysfs" => "/sys", "cgroup2" => "/sys/fs/cgroup", _ => null };
    }

    public void Configure(Slot filesystem, ResolvedMount planned)
    {
        if (planned.Mount.Source is { Length: > 0 } source && !planned.Options.Remount)
        {
            Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_STRING, Writer.Text("source"), Writer.Text(source), 0);
        }

        foreach (string flag in planned.Options.SuperblockFlags)
        {
            Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_FLAG, Writer.Text(flag), 0, 0);
        }

        if (planned.Mount.Type is not ("proc" or "sysfs" or "cgroup" or "cgroup2" or "tmpfs" or "devpts" or "mqueue") && (planned.Options.Set & MOUNT_ATTR_RDONLY) != 0)
        {
            Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_FLAG, Writer.Text("ro"), 0, 0);
        }

        foreach ((int index, string option) in planned.Options.Data)
        {
            Writer.From($"/mounts/{planned.Index}/options/{index}", $"give {option} to {planned.Mount.Type}", HintKind.Filesystem);
            ConfigureOption(filesystem, option);
        }

        if (MountContext(planned) is string label)
        {
            Writer.From("/linux/mountLabel", $"label {planned.Mount.Destination}", HintKind.Label);
            Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_STRING, Writer.Text("context"), Writer.Text(label), 0);
        }

        Writer.From($"/mounts/{planned.Index}", $"mount {planned.Mount.Type} on {planned.Mount.Destination}", FilesystemHint(planned.Mount.Type));
    }

    /// <summary>
    /// The SELinux context of all files of a mount (mount(8), "context="), or null. What the kernel shows of itself has
    /// labels of its own, and mqueue's superblock is older than the mount: it would refuse another context.
    /// </summary>
    private string? MountContext(ResolvedMount planned) =>
        planned.Mount.Type is "proc" or "sysfs" or "cgroup" or "cgroup2" or "mqueue" || planned.Options.Remount || string.IsNullOrEmpty(Linux.MountLabel) ? null : Linux.MountLabel;

    /// <summary>What cannot have a context for all of its files gets the label on its root at least.</summary>
    private void LabelRootOf(ResolvedMount planned, Slot mount)
    {
        if (planned.Mount.Type == "mqueue" && Linux.MountLabel is { Length: > 0 } label)
        {
            Writer.From("/linux/mountLabel", $"label {planned.Mount.Destination}", HintKind.Label);
            Slot root = Writer.NewSlot();
            Writer.Call(root, SyscallNumber.openat, mount, Dot, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            Writer.Call(SyscallNumber.fsetxattr, root, Writer.Text("security.selinux"), Writer.Text(label), Encoding.UTF8.GetByteCount(label), 0);
            Writer.Call(SyscallNumber.close, root);
        }
    }

    private void ConfigureOption(Slot filesystem, string option)
    {
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_FLAG, Writer.Text(option), 0, 0);
            return;
        }

        Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_STRING, Writer.Text(option[..equals]), Writer.Text(option[(equals + 1)..]), 0);
    }

    /// <summary>mount(2) on the directory that the fd stands for, by way of the working directory: no path is walked.</summary>
    private void MountClassic(ResolvedMount planned, string type, Slot target, Slot? made)
    {
        string data = string.Join(',', planned.Options.Data.ConvertAll(d => d.Option));
        if (MountContext(planned) is string label)
        {
            // In quotes: the ranges of a label may have commas.
            data += $",context=\"{label}\"";
        }

        Writer.Call(SyscallNumber.fchdir, target);
        Writer.Call(SyscallNumber.mount, Writer.Text(planned.Mount.Source ?? "none"), Dot, Writer.Text(type), 0, Writer.Text(data));
        Writer.Call(SyscallNumber.fchdir, Root);
        Slot mount = Writer.NewSlot();
        Resolve(mount, Root, planned.Mount.Destination!, O_PATH | O_DIRECTORY, InRoot);
        if (made is Slot set)
        {
            TakeMode(target, set, mount);
        }

        Attributes(mount, 0, new mount_attr { attr_set = planned.Options.Set, attr_clr = planned.Options.Clear });
        SetRecursiveFlags(mount, planned.Options);
    }

    /// <summary>Makes read-only what later mounts needed writable.</summary>
    public void Seal()
    {
        foreach ((int index, Slot mount) in _readOnlyLater)
        {
            Writer.From($"/mounts/{index}/options", "make the mount read-only", HintKind.MountAttributes);
            Attributes(mount, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
        }
    }

    private void RequestCopyUp(ResolvedMount planned, Slot covered, Slot tmpfs)
    {
        Writer.From($"/mounts/{planned.Index}/options", $"copy {planned.Mount.Destination} into its tmpfs", HintKind.Filesystem);
        Slot source = Writer.NewSlot();
        Writer.Call(source, SyscallNumber.openat2, covered, Dot, How(O_RDONLY | O_DIRECTORY, 0, RESOLVE_BENEATH), OpenHowSize);
        // The tmpfs takes the directory's owner and mode too, unless the config gives them.
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
