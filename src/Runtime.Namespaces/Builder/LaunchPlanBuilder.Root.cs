using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

public sealed partial class LaunchPlanBuilder
{
    private Slot _root;
    private Slot _place = Slot.None;
    private Slot _ownPlace = Slot.None;

    private string RootPath => Path.GetFullPath(_config.Root?.Path ?? string.Empty, _inputs.Bundle);

    // As the runtime reaches it: for a running guest by way of its first process.
    private string GuestRootPath => _inputs.Exec is ExecTarget target ? $"/proc/{target.InitPid}/root" : RootPath;

    /// <summary>
    /// A copy of the root filesystem's mount, made by the runtime with the host's rights and detached from its
    /// namespace: the child attaches it without walking a single path of the host.
    /// </summary>
    private void OpenRoot()
    {
        _root = _writer.NewSlot();
        _writer.From("/root/path", $"open the root filesystem {RootPath}", HintKind.Root);
        if (!OwnsMounts)
        {
            _writer.Call(_root, SyscallNumber.openat, AT_FDCWD, _writer.Text(RootPath), O_PATH | O_DIRECTORY | O_CLOEXEC);
            return;
        }

        _writer.Call(_root, SyscallNumber.open_tree, AT_FDCWD, _writer.Text(RootPath), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    }

    private void AttachRoot()
    {
        if (!OwnsMounts)
        {
            RefuseMountsOfTheHost();
            return;
        }

        _writer.From("/linux/rootfsPropagation", "detach the guest's mounts from the host's", HintKind.Namespace);
        Argument slave = _writer.Struct(new mount_attr { propagation = InitialPropagation });
        _writer.Call(SyscallNumber.mount_setattr, AT_FDCWD, _writer.Text("/"), AT_RECURSIVE, slave, MountAttrSize);
        if (_place.Index < 0)
        {
            FindPlace();
        }

        AttachNodes();

        _writer.From("/root/path", "mount the root filesystem", HintKind.Root);
        Attributes(_root, AT_RECURSIVE, new mount_attr { propagation = InitialPropagation });
        Attach(_root, _place);
        _writer.Call(SyscallNumber.fchdir, _root);
    }

    /// <summary>
    /// Until pivot_root(2) the root lies at its own path: there hooks look for it, and what they mount below it is the guest's.
    /// Whoever enters the mount namespace then comes to the host's root (setns(2)), so nothing may lie on that. A child that may
    /// not go where the root is (in a user namespace, through directories of others) has it over the host's root.
    /// </summary>
    private void FindPlace()
    {
        _place = _writer.NewSlot();
        _ownPlace = _writer.NewSlot();
        Label elsewhere = _writer.NewLabel();
        Label found = _writer.NewLabel();
        _writer.From("/root/path", "reach the root filesystem's own place", HintKind.Root);
        if (RootPath != "/")
        {
            // Only to mount on: what the root is was decided when it was opened.
            _writer.Call(_ownPlace, SyscallNumber.openat2, AT_FDCWD, _writer.Text(RootPath), How(O_PATH | O_DIRECTORY, 0, RESOLVE_NO_MAGICLINKS), OpenHowSize).OnAny(elsewhere);
            _writer.Add(OperationCode.Set, _place, 0, _ownPlace).Then(found);
        }

        _writer.Mark(elsewhere);
        _writer.Call(_place, SyscallNumber.openat, AT_FDCWD, _writer.Text("/"), O_PATH | O_DIRECTORY | O_CLOEXEC);
        _writer.Mark(found);
    }

    private ulong InitialPropagation => _linux.RootfsPropagation is "private" or "rprivate" or "unbindable" or "runbindable" ? MS_PRIVATE : MS_SLAVE;

    private void RefuseMountsOfTheHost()
    {
        string? pointer = _config.Mounts is { Count: > 0 } ? "/mounts/0"
            : _linux.MaskedPaths is { Count: > 0 } ? "/linux/maskedPaths/0"
            : _linux.ReadonlyPaths is { Count: > 0 } ? "/linux/readonlyPaths/0"
            : _config.Root?.Readonly == true ? "/root/readonly"
            : null;
        if (pointer is not null && !_joined.Exists(n => n.Flag == CLONE_NEWNS))
        {
            throw new LaunchException(pointer, "without a mount namespace of its own the guest would change the host's mounts: add {\"type\": \"mount\"} to /linux/namespaces");
        }
    }

    /// <summary>Makes the root read-only and runs what has to be last, before the host's root goes away.</summary>
    private void SealMounts()
    {
        foreach ((int index, Slot mount) in _readOnlyLater)
        {
            _writer.From($"/mounts/{index}/options", "make the mount read-only", HintKind.MountAttributes);
            Attributes(mount, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
        }
    }

    /// <summary>pivot_root(2): the guest's root takes the place of the host's, which is then let go.</summary>
    private void ChangeRoot()
    {
        bool readOnly = _config.Root?.Readonly == true;
        if (readOnly && OwnsMounts)
        {
            _writer.From("/root/readonly", "make the root filesystem read-only", HintKind.MountAttributes);
            Attributes(_root, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
        }

        _writer.From("/root/path", "change the root", HintKind.Root);
        _writer.Call(SyscallNumber.fchdir, _root);
        if (!OwnsMounts)
        {
            _writer.Call(SyscallNumber.chroot, Dot);
        }
        else if (_inputs.NoPivot)
        {
            PivotOrChroot();
        }
        else
        {
            _writer.Call(SyscallNumber.pivot_root, Dot, Dot);
            LetHostsRootGo();
        }

        _writer.Call(SyscallNumber.chdir, _writer.Text("/"));
        RefuseCoveredRoot();
        SetRootPropagation();
    }

    /// <summary>
    /// chroot(2) leaves the host's mounts where they are, and a guest that may mount gets a new proc or sysfs, unmasked, as
    /// long as another is visible in its mount namespace (mount_too_revealing in fs/namespace.c). So pivot_root(2) is taken
    /// wherever the kernel lets it; on a root that it cannot move (a ramfs) these mounts go one by one, by their paths below
    /// the host's root, which is this process's still.
    /// </summary>
    private void PivotOrChroot()
    {
        Label stay = _writer.NewLabel();
        Label done = _writer.NewLabel();
        _writer.Call(SyscallNumber.pivot_root, Dot, Dot).On(Errno.EINVAL, stay);
        LetHostsRootGo();
        _writer.Jump(done);
        _writer.Mark(stay);
        foreach (string path in _inputs.RevealingMounts)
        {
            _writer.From("/root/path", $"take the host's {path} away", HintKind.HostMounts);
            _writer.Call(SyscallNumber.umount2, _writer.Text(path), MNT_DETACH | UMOUNT_NOFOLLOW);
        }

        MoveOverHostsRoot();
        _writer.From("/root/path", "change the root", HintKind.Root);
        _writer.Call(SyscallNumber.chroot, Dot);
        _writer.Mark(done);
    }

    /// <summary>Without pivot_root(2) a guest that enters its own mount namespace anew would come to the host's root (setns(2)).</summary>
    private void MoveOverHostsRoot()
    {
        Label move = _writer.NewLabel();
        Label there = _writer.NewLabel();
        _writer.From("/root/path", "move the root filesystem over the host's", HintKind.Root);
        _writer.Add(OperationCode.JumpIfSet, Slot.None, 0, _ownPlace).Then(move);
        _writer.Jump(there);
        _writer.Mark(move);
        _writer.Call(SyscallNumber.move_mount, _root, Empty, AT_FDCWD, _writer.Text("/"), MOVE_MOUNT_F_EMPTY_PATH);
        _writer.Mark(there);
    }

    /// <summary>
    /// After pivot_root(2) the host's root is mounted over the guest's. Where the guest's lay over it, the container's own nodes
    /// lay between, and are on top now: the top goes first.
    /// </summary>
    private void LetHostsRootGo()
    {
        if (HasNodes)
        {
            Label once = _writer.NewLabel();
            _writer.Add(OperationCode.JumpIfSet, Slot.None, 0, _ownPlace).Then(once);
            _writer.Call(SyscallNumber.umount2, Dot, MNT_DETACH);
            _writer.Mark(once);
        }

        _writer.Call(SyscallNumber.umount2, Dot, MNT_DETACH);
    }

    /// <summary>
    /// Nothing lies over the guest's root any more: neither the host's, nor a mount of the config's, whatever path or link led
    /// it there. Whoever enters the mount namespace later comes to what lies on top (setns(2)).
    /// </summary>
    private void RefuseCoveredRoot()
    {
        if (!OwnsMounts)
        {
            return;
        }

        _writer.From("/mounts", "look whether the root is covered", HintKind.CoveredRoot);
        Slot root = MountOf(_root, Empty, AT_EMPTY_PATH);
        Slot top = MountOf(_root, _writer.Text(".."), 0);
        _writer.Add(OperationCode.Test, Slot.None, 0, Argument.AddressOf(root), -1L, top, (int)Errno.EBUSY);
    }

    private Slot MountOf(Slot folder, Argument path, int flags)
    {
        Argument status = _writer.Room(256);
        Slot mount = _writer.NewSlot();
        _writer.Call(SyscallNumber.statx, folder, path, flags, STATX_MNT_ID, status);
        _writer.Add(OperationCode.Load, mount, 0, PlanWriter.Inside(status, StatxMount), long.MaxValue);
        return mount;
    }

    private void SetRootPropagation()
    {
        ulong propagation = Propagation(_linux.RootfsPropagation, out bool recursive);
        if (propagation == 0 || !OwnsMounts || (propagation == InitialPropagation && recursive))
        {
            return;
        }

        _writer.From("/linux/rootfsPropagation", $"set the propagation of the root to {_linux.RootfsPropagation}", HintKind.MountAttributes);
        Argument attributes = _writer.Struct(new mount_attr { propagation = propagation });
        _writer.Call(SyscallNumber.mount_setattr, AT_FDCWD, _writer.Text("/"), recursive ? AT_RECURSIVE : 0, attributes, MountAttrSize);
    }

    /// <summary>The MS_* flag of a propagation name; 0 for none. A leading r means all mounts below as well.</summary>
    internal static ulong Propagation(string? name, out bool recursive)
    {
        recursive = name is { Length: > 0 } && name[0] == 'r';
        return name switch
        {
            "shared" or "rshared" => MS_SHARED,
            "slave" or "rslave" => MS_SLAVE,
            "private" or "rprivate" => MS_PRIVATE,
            "unbindable" or "runbindable" => MS_UNBINDABLE,
            _ => 0,
        };
    }
}
