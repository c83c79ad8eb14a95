using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

/// <summary>How a place inside the root is reached: by openat2(2), never by a path that the guest could bend.</summary>
public sealed partial class LaunchPlanBuilder
{
    private const int MountAttrSize = 32;
    private const int OpenHowSize = 24;
    private const ulong InRoot = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

    private Argument _empty;
    private Argument _dot;

    private Argument Empty => _empty.Value != 0 ? _empty : _empty = _writer.Text(string.Empty);

    private Argument Dot => _dot.Value != 0 ? _dot : _dot = _writer.Text(".");

    /// <summary>mount_setattr(2) on a mount's fd.</summary>
    private PlanWriter.Step Attributes(Slot mount, int flags, in mount_attr attributes) =>
        _writer.Call(SyscallNumber.mount_setattr, mount, Empty, AT_EMPTY_PATH | flags, _writer.Struct(attributes), MountAttrSize);

    /// <summary>Attaches a detached mount to the place that an fd stands for.</summary>
    private PlanWriter.Step Attach(Slot mount, Slot target) =>
        _writer.Call(SyscallNumber.move_mount, mount, Empty, target, Empty, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);

    /// <summary>openat2(2) below a folder.</summary>
    private PlanWriter.Step Resolve(Slot result, Slot folder, string unsafePath, int flags, ulong resolve) =>
        _writer.Call(result, SyscallNumber.openat2, folder, _writer.Text(unsafePath), How(flags, 0, resolve), OpenHowSize);

    private Argument How(int flags, int mode, ulong resolve) =>
        _writer.Struct(new open_how { flags = (uint)(flags | O_CLOEXEC), mode = (uint)mode, resolve = resolve });

    /// <summary>
    /// The fd of a place inside the root; what is missing of the path is made, the last part as a folder or a file. Only then
    /// <paramref name="made"/> is set.
    /// </summary>
    private Slot ReachOrMake(string unsafePath, bool folder, ulong resolve = InRoot, Slot? made = null)
    {
        string[] parts = Parts(unsafePath);
        if (parts.Length == 0)
        {
            return _root;
        }

        Slot result = _writer.NewSlot();
        Label reached = _writer.NewLabel();
        Label make = _writer.NewLabel();
        string path = string.Join('/', parts);
        Resolve(result, _root, path, O_PATH | (folder ? O_DIRECTORY : 0), resolve).Then(reached).On(Errno.ENOENT, make);
        _writer.Mark(make);
        if (made is Slot set)
        {
            _writer.Add(OperationCode.Set, set, 0, 1);
        }

        _writer.Add(OperationCode.MakePath, result, 0, _root, _writer.Text(path), folder ? 1 : 0, resolve);
        _writer.Mark(reached);
        return result;
    }

    /// <summary>The parts of a path without empty ones, "." and "..": ".." at the root stays at the root.</summary>
    internal static string[] Parts(string unsafePath)
    {
        string[] raw = unsafePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        int count = 0;
        foreach (string part in raw)
        {
            if (part == "..")
            {
                count = Math.Max(0, count - 1);
            }
            else if (part != ".")
            {
                raw[count++] = part;
            }
        }

        return count == raw.Length ? raw : raw[..count];
    }

    /// <summary>Covers the masked paths and makes the read-only ones read-only (config-linux.md).</summary>
    private void CoverPaths()
    {
        List<string> readOnly = _linux.ReadonlyPaths ?? [];
        for (int i = 0; i < readOnly.Count; i++)
        {
            MakePathReadOnly(i, readOnly[i]);
        }

        List<string> masked = _linux.MaskedPaths ?? [];
        if (masked.Count > 0)
        {
            SealNodes();
            MakeFolderMask();
        }

        var covered = new List<string>(masked.Count);
        for (int i = 0; i < masked.Count; i++)
        {
            // A second cover over the first hides nothing more; the lists of callers are often put together of several.
            string path = string.Join('/', Parts(masked[i]));
            if (!covered.Contains(path))
            {
                covered.Add(path);
                MaskPath(i, masked[i]);
            }
        }
    }

    private void MakePathReadOnly(int index, string path)
    {
        _writer.From($"/linux/readonlyPaths/{index}", $"make {path} read-only", HintKind.MountAttributes);
        Label next = _writer.NewLabel();
        Slot target = _writer.NewSlot();
        Slot copy = _writer.NewSlot();
        Resolve(target, _root, path, O_PATH, InRoot).On(Errno.ENOENT, next);
        _writer.Call(copy, SyscallNumber.open_tree, target, Empty, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        Attributes(copy, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
        Attach(copy, target);
        _writer.Mark(next);
    }

    private Slot _folderMask;
    private Slot _folderMaskUsed;

    /// <summary>
    /// What covers directories is one empty read-only tmpfs, a whole mount, as criu wants it: the first directory takes it, the
    /// others copies, since only attached mounts can be copied.
    /// </summary>
    private void MakeFolderMask()
    {
        _writer.From("/linux/maskedPaths", "make the tmpfs that covers directories", HintKind.Filesystem);
        _folderMaskUsed = _writer.NewSlot();
        _folderMask = _writer.NewSlot();
        Slot filesystem = _writer.NewSlot();
        _writer.Call(filesystem, SyscallNumber.fsopen, _writer.Text("tmpfs"), FSOPEN_CLOEXEC);
        _writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_CMD_CREATE, 0, 0, 0);
        _writer.Call(_folderMask, SyscallNumber.fsmount, filesystem, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);
    }

    private void MaskPath(int index, string path)
    {
        _writer.From($"/linux/maskedPaths/{index}", $"mask {path}", HintKind.MountTarget);
        Label next = _writer.NewLabel();
        Label isFile = _writer.NewLabel();
        Label cover = _writer.NewLabel();
        Slot target = _writer.NewSlot();
        Slot mask = _writer.NewSlot();
        Resolve(target, _root, path, O_PATH | O_DIRECTORY, InRoot).On(Errno.ENOENT, next).On(Errno.ENOTDIR, isFile);
        Label again = _writer.NewLabel();
        _writer.Add(OperationCode.JumpIfSet, Slot.None, 0, _folderMaskUsed).Then(again);
        _writer.Add(OperationCode.Set, _folderMaskUsed, 0, 1);
        _writer.Add(OperationCode.Set, mask, 0, _folderMask).Then(cover);
        _writer.Mark(again);
        _writer.Call(mask, SyscallNumber.open_tree, _folderMask, Empty, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC).Then(cover);
        _writer.Mark(isFile);
        Resolve(target, _root, path, O_PATH, InRoot);
        _writer.Call(mask, SyscallNumber.open_tree, _nodes, _writer.Text(NullNode), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        _writer.Mark(cover);
        Attach(mask, target);
        _writer.Mark(next);
    }
}
