using System.Globalization;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>
/// A root filesystem of layers: an overlay that is mounted detached, so that it goes with its last descriptor wherever the launch is
/// killed. Where the container has a user namespace, the layers are idmapped, so that all containers share them; what a container changes
/// has the ids of its own range on disk: the kernel itself writes there, as root of the host, whom no such mapping has.
/// </summary>
internal sealed class LayersPart(PlanScope scope) : LaunchPart(scope)
{
    /// <summary>Mounts the layers; the slot is the detached mount.</summary>
    public void Mount(LayeredRoot layered, Slot mount)
    {
        var layers = new Slot[layered.Layers.Count];
        for (int i = 0; i < layers.Length; i++)
        {
            layers[i] = Open(layered.Layers[i], "layer", Inputs.IdMapsRoot);
        }

        Slot changes = Open(layered.Changes, "changes", idMaps: false);
        Writer.From("/root/path", $"mount {layers.Length} layers", HintKind.Layers);
        Label attached = Writer.NewLabel();
        Label mounted = Writer.NewLabel();
        Slot filesystem = Writer.NewSlot();
        Writer.Call(filesystem, SyscallNumber.fsopen, Writer.Text("overlay"), FSOPEN_CLOEXEC);
        MountByDescriptors(layered, filesystem, layers, changes, attached);
        Writer.Call(mount, SyscallNumber.fsmount, filesystem, FSMOUNT_CLOEXEC, 0);
        Writer.Call(SyscallNumber.close, filesystem).Then(mounted);

        Writer.Mark(attached);
        Writer.Call(SyscallNumber.close, filesystem);
        MountByPaths(layered, layers, changes, mount);
        Writer.Mark(mounted);
    }

    private Slot Open(string path, string what, bool idMaps)
    {
        Slot opened = Writer.NewSlot();
        Writer.From("/root/path", $"open the {what} {path}", HintKind.Layers);
        if (!idMaps)
        {
            Writer.Call(opened, SyscallNumber.openat, AT_FDCWD, Writer.Text(path), O_PATH | O_DIRECTORY | O_CLOEXEC);
            return opened;
        }

        Writer.Call(opened, SyscallNumber.open_tree, AT_FDCWD, Writer.Text(path), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        Writer.From("/root/path", $"idmap the {what} {path}", HintKind.LayerIdMap);
        Attributes(opened, 0, new mount_attr { attr_set = MOUNT_ATTR_IDMAP, userns_fd = (uint)Inputs.RootUserNamespace });
        return opened;
    }

    /// <summary>All by descriptors, without a path and without a page's limit on their number (Linux 6.13; detached clones since 6.15).</summary>
    private void MountByDescriptors(LayeredRoot layered, Slot filesystem, Slot[] layers, Slot changes, Label otherwise)
    {
        Argument lower = Writer.Text("lowerdir+");
        foreach (Slot layer in layers)
        {
            Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_FD, lower, 0, layer).OnAny(otherwise);
        }

        foreach ((string option, string name) in (ReadOnlySpan<(string, string)>)[("upperdir", LayeredRoot.Upper), ("workdir", LayeredRoot.Work)])
        {
            Slot directory = Writer.NewSlot();
            Writer.Call(directory, SyscallNumber.openat, changes, Writer.Text(name), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_FD, Writer.Text(option), 0, directory).OnAny(otherwise);
        }

        Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_STRING, Writer.Text("source"), Writer.Text("overlay"), 0);
        foreach (string flag in Flags(layered))
        {
            Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_SET_FLAG, Writer.Text(flag), 0, 0);
        }

        Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_CMD_CREATE, 0, 0, 0).OnAny(otherwise);
    }

    /// <summary>
    /// By mount(2), whose options are paths and fit in a page: on a small tmpfs each layer is attached under its number. All of that is
    /// in a mount namespace of its own: the child's, or one that the runtime makes, and leaves when it has a copy of the overlay.
    /// </summary>
    private void MountByPaths(LayeredRoot layered, Slot[] layers, Slot changes, Slot mount)
    {
        // Copied while they are in this process's mount namespace: from another, open_tree(2) refuses.
        Slot[] mounts = Inputs.IdMapsRoot ? layers : Array.ConvertAll(layers, Copy);
        Slot copy = Copy(changes);
        Slot place = Writer.NewSlot();
        Slot root = Writer.NewSlot();
        Slot working = Writer.NewSlot();
        Slot own = Writer.NewSlot();
        if (!Scope.OpensInside)
        {
            Writer.Call(own, SyscallNumber.openat, AT_FDCWD, Writer.Text("/proc/thread-self/ns/mnt"), O_RDONLY | O_CLOEXEC);
            Writer.Call(root, SyscallNumber.openat, AT_FDCWD, Writer.Text("/"), O_PATH | O_DIRECTORY | O_CLOEXEC);
            Writer.Call(working, SyscallNumber.openat, AT_FDCWD, Dot, O_PATH | O_DIRECTORY | O_CLOEXEC);
            Writer.Call(SyscallNumber.unshare, CLONE_NEWNS);
            Writer.Call(SyscallNumber.mount_setattr, AT_FDCWD, Writer.Text("/"), AT_RECURSIVE, Writer.Struct(new mount_attr { propagation = MS_SLAVE }), MountAttrSize);
        }

        MakePlace(place);
        List<string> numbers = [];
        for (int i = 0; i < layers.Length; i++)
        {
            numbers.Add(i.ToString(CultureInfo.InvariantCulture));
            AttachUnder(place, numbers[i], mounts[i]);
        }

        AttachUnder(place, "changes", copy);
        List<string> options = [$"lowerdir={string.Join(':', numbers)}", $"upperdir=changes/{LayeredRoot.Upper}", $"workdir=changes/{LayeredRoot.Work}", .. Flags(layered)];
        Argument overlay = Writer.Text("overlay");
        Writer.Call(SyscallNumber.mkdirat, place, overlay, 0b111_000_000);
        Writer.Call(SyscallNumber.fchdir, place);
        Writer.Call(SyscallNumber.mount, overlay, overlay, overlay, 0, Writer.Text(string.Join(',', options)));
        Writer.Call(mount, SyscallNumber.open_tree, place, overlay, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        if (Scope.OpensInside)
        {
            Writer.Call(SyscallNumber.umount2, Dot, MNT_DETACH);
            Writer.Call(SyscallNumber.chdir, Writer.Text("/"));
            return;
        }

        // setns(2) makes root and working directory those of the namespace.
        Writer.Call(SyscallNumber.setns, own, CLONE_NEWNS);
        Writer.Call(SyscallNumber.fchdir, root);
        Writer.Call(SyscallNumber.chroot, Dot);
        Writer.Call(SyscallNumber.fchdir, working);
    }

    private void MakePlace(Slot place)
    {
        Slot filesystem = Writer.NewSlot();
        Writer.Call(filesystem, SyscallNumber.fsopen, Writer.Text("tmpfs"), FSOPEN_CLOEXEC);
        Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_CMD_CREATE, 0, 0, 0);
        Writer.Call(place, SyscallNumber.fsmount, filesystem, FSMOUNT_CLOEXEC, 0);
        Writer.Call(SyscallNumber.close, filesystem);
        Writer.Call(SyscallNumber.move_mount, place, Empty, AT_FDCWD, Writer.Text("/"), MOVE_MOUNT_F_EMPTY_PATH);
    }

    private Slot Copy(Slot directory)
    {
        Slot copy = Writer.NewSlot();
        Writer.Call(copy, SyscallNumber.open_tree, directory, Empty, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        return copy;
    }

    private void AttachUnder(Slot place, string name, Slot mount)
    {
        Argument text = Writer.Text(name);
        Writer.Call(SyscallNumber.mkdirat, place, text, 0b111_000_000);
        Writer.Call(SyscallNumber.move_mount, mount, Empty, place, text, MOVE_MOUNT_F_EMPTY_PATH);
    }

    private static List<string> Flags(LayeredRoot layered)
    {
        List<string> flags = [];
        if (layered.UserXattrs)
        {
            flags.Add("userxattr");
        }

        if (layered.Volatile)
        {
            flags.Add("volatile");
        }

        return flags;
    }
}
