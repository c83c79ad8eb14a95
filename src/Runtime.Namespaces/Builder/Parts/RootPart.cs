using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>The root filesystem: opened with the host's rights, attached at its own place, and made the root by pivot_root(2).</summary>
internal sealed class RootPart(PlanScope scope, NodesPart nodes, LayersPart layers) : LaunchPart(scope)
{
    private Slot _place = Slot.None;
    private Slot _ownPlace = Slot.None;

    /// <summary>
    /// A copy of the root filesystem's mount, made by the runtime with the host's rights and detached from its
    /// namespace: the child attaches it without walking a single path of the host.
    /// </summary>
    public void Open()
    {
        Scope.Root = Writer.NewSlot();
        if (Resolved.Layered is { } layered)
        {
            layers.Mount(layered, Root);
            return;
        }

        Writer.From("/root/path", $"open the root filesystem {Resolved.RootPath}", HintKind.Root);
        if (!Scope.SetsUpMounts)
        {
            Writer.Call(Root, SyscallNumber.openat, AT_FDCWD, Writer.Text(Resolved.RootPath), O_PATH | O_DIRECTORY | O_CLOEXEC);
            return;
        }

        if (Namespaces.Find(CLONE_NEWNS) is JoinedNamespace joined)
        {
            DetachJoined(joined);
            Writer.From("/root/path", $"open the root filesystem {Resolved.RootPath}", HintKind.Root);
        }

        Writer.Call(Root, SyscallNumber.open_tree, AT_FDCWD, Writer.Text(Resolved.RootPath), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    }

    /// <summary>
    /// In a joined namespace what is mounted must not show up in others, the host's among them. The first call that takes rights
    /// over the namespace, which the user namespace may not have.
    /// </summary>
    private void DetachJoined(JoinedNamespace joined)
    {
        Writer.From($"/linux/namespaces/{joined.Index}/path", $"mount in {joined.Path}", HintKind.OthersMountNamespace);
        Detach(MS_SLAVE);
    }

    private void Detach(ulong propagation)
    {
        Argument attributes = Writer.Struct(new mount_attr { propagation = propagation });
        Writer.Call(SyscallNumber.mount_setattr, AT_FDCWD, Writer.Text("/"), AT_RECURSIVE, attributes, MountAttrSize);
    }

    public void AttachAtItsPlace()
    {
        if (!Scope.SetsUpMounts)
        {
            RefuseMountsOutside();
            return;
        }

        if (OwnsMounts)
        {
            Writer.From("/linux/rootfsPropagation", "detach the guest's mounts from the host's", HintKind.Namespace);
            Detach(Scope.InitialPropagation);
        }

        if (_place.Index < 0)
        {
            FindPlace();
        }

        nodes.Keep(_place);

        Writer.From("/root/path", "mount the root filesystem", HintKind.Root);
        Attributes(Root, AT_RECURSIVE, new mount_attr { propagation = Scope.InitialPropagation });
        Attach(Root, _place);
        Writer.Call(SyscallNumber.fchdir, Root);
    }

    /// <summary>
    /// Until pivot_root(2) the root lies at its own path: there hooks look for it, and what they mount below it is the guest's.
    /// Whoever enters the mount namespace then comes to the host's root (setns(2)), so nothing may lie on that. A child that may
    /// not go where the root is (in a user namespace, through directories of others) has it over the host's root; in a joined
    /// namespace, which has that root in common with others, it has not.
    /// </summary>
    public void FindPlace()
    {
        _place = Writer.NewSlot();
        _ownPlace = Writer.NewSlot();
        Label elsewhere = Writer.NewLabel();
        Label found = Writer.NewLabel();
        Writer.From("/root/path", "reach the root filesystem's own place", HintKind.Root);
        if (!OwnsMounts)
        {
            Writer.Call(_place, SyscallNumber.openat2, AT_FDCWD, Writer.Text(Resolved.RootPath), How(O_PATH | O_DIRECTORY, 0, RESOLVE_NO_MAGICLINKS), OpenHowSize);
            return;
        }

        if (Resolved.RootPath != "/")
        {
            // Only to mount on: what the root is was decided when it was opened.
            Writer.Call(_ownPlace, SyscallNumber.openat2, AT_FDCWD, Writer.Text(Resolved.RootPath), How(O_PATH | O_DIRECTORY, 0, RESOLVE_NO_MAGICLINKS), OpenHowSize).OnAny(elsewhere);
            Writer.Add(OperationCode.Set, _place, 0, _ownPlace).Then(found);
        }

        Writer.Mark(elsewhere);
        Writer.Call(_place, SyscallNumber.openat, AT_FDCWD, Writer.Text("/"), O_PATH | O_DIRECTORY | O_CLOEXEC);
        Writer.Mark(found);
    }

    private void RefuseMountsOutside()
    {
        string? pointer = Config.Mounts is { Count: > 0 } ? "/mounts/0"
            : Linux.MaskedPaths is { Count: > 0 } ? "/linux/maskedPaths/0"
            : Linux.ReadonlyPaths is { Count: > 0 } ? "/linux/readonlyPaths/0"
            : Config.Root?.Readonly == true ? "/root/readonly"
            : null;
        if (pointer is not null)
        {
            throw new LaunchException(pointer, Scope.JoinsMounts
                ? "with the joined mount namespace's own root the guest would change what others have mounted there: name another directory in /root/path"
                : Scope.EntersUserNamespace && Resolved.RootPath != "/"
                    ? "without a mount namespace in the config the mounts are made in the runtime's, over which a user namespace has no rights: add {\"type\": \"mount\"} to /linux/namespaces"
                    : "with the host's own root the guest would change the host's mounts: add {\"type\": \"mount\"} to /linux/namespaces, or name another directory in /root/path");
        }
    }

    /// <summary>
    /// pivot_root(2): the guest's root takes the place of the host's, which is then let go. In a joined namespace that would be
    /// the root of all who are in it.
    /// </summary>
    public void Change()
    {
        bool readOnly = Config.Root?.Readonly == true;
        if (readOnly && Scope.SetsUpMounts)
        {
            Writer.From("/root/readonly", "make the root filesystem read-only", HintKind.MountAttributes);
            Attributes(Root, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
        }

        Writer.From("/root/path", "change the root", HintKind.Root);
        Writer.Call(SyscallNumber.fchdir, Root);
        if (!OwnsMounts)
        {
            Writer.Call(SyscallNumber.chroot, Dot);
        }
        else if (Inputs.NoPivot)
        {
            PivotOrChroot();
        }
        else
        {
            Writer.Call(SyscallNumber.pivot_root, Dot, Dot);
            LetHostsRootGo();
        }

        Writer.Call(SyscallNumber.chdir, Writer.Text("/"));
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
        Label stay = Writer.NewLabel();
        Label done = Writer.NewLabel();
        Writer.Call(SyscallNumber.pivot_root, Dot, Dot).On(Errno.EINVAL, stay);
        LetHostsRootGo();
        Writer.Jump(done);
        Writer.Mark(stay);
        foreach (string path in Inputs.RevealingMounts)
        {
            Writer.From("/root/path", $"take the host's {path} away", HintKind.HostMounts);
            Writer.Call(SyscallNumber.umount2, Writer.Text(path), MNT_DETACH | UMOUNT_NOFOLLOW);
        }

        MoveOverHostsRoot();
        Writer.From("/root/path", "change the root", HintKind.Root);
        Writer.Call(SyscallNumber.chroot, Dot);
        Writer.Mark(done);
    }

    /// <summary>Without pivot_root(2) a guest that enters its own mount namespace anew would come to the host's root (setns(2)).</summary>
    private void MoveOverHostsRoot()
    {
        Label move = Writer.NewLabel();
        Label there = Writer.NewLabel();
        Writer.From("/root/path", "move the root filesystem over the host's", HintKind.Root);
        Writer.Add(OperationCode.JumpIfSet, Slot.None, 0, _ownPlace).Then(move);
        Writer.Jump(there);
        Writer.Mark(move);
        Writer.Call(SyscallNumber.move_mount, Root, Empty, AT_FDCWD, Writer.Text("/"), MOVE_MOUNT_F_EMPTY_PATH);
        Writer.Mark(there);
    }

    /// <summary>
    /// After pivot_root(2) the host's root is mounted over the guest's. Where the guest's lay over it, the container's own nodes
    /// lay between, and are on top now: the top goes first.
    /// </summary>
    private void LetHostsRootGo()
    {
        if (nodes.IsMade)
        {
            Label once = Writer.NewLabel();
            Writer.Add(OperationCode.JumpIfSet, Slot.None, 0, _ownPlace).Then(once);
            Writer.Call(SyscallNumber.umount2, Dot, MNT_DETACH);
            Writer.Mark(once);
        }

        Writer.Call(SyscallNumber.umount2, Dot, MNT_DETACH);
    }

    /// <summary>
    /// Nothing lies over the guest's root any more: neither the host's, nor a mount of the config's, whatever path or link led
    /// it there. Whoever enters the mount namespace later comes to what lies on top (setns(2)).
    /// </summary>
    private void RefuseCoveredRoot()
    {
        if (!Scope.SetsUpMounts)
        {
            return;
        }

        Writer.From("/mounts", "look whether the root is covered", HintKind.CoveredRoot);
        Slot root = MountOf(Root, Empty, AT_EMPTY_PATH);
        Slot top = MountOf(Root, Writer.Text(".."), 0);
        Writer.Add(OperationCode.Test, Slot.None, 0, Argument.AddressOf(root), -1L, top, (int)Errno.EBUSY);
    }

    private void SetRootPropagation()
    {
        ulong propagation = MountOptions.Propagation(Linux.RootfsPropagation, out bool recursive);
        if (propagation == 0 || !Scope.SetsUpMounts || (propagation == Scope.InitialPropagation && recursive))
        {
            return;
        }

        Writer.From("/linux/rootfsPropagation", $"set the propagation of the root to {Linux.RootfsPropagation}", HintKind.MountAttributes);
        Argument attributes = Writer.Struct(new mount_attr { propagation = propagation });
        Writer.Call(SyscallNumber.mount_setattr, AT_FDCWD, Writer.Text("/"), recursive ? AT_RECURSIVE : 0, attributes, MountAttrSize);
    }
}
