using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>/linux/maskedPaths and /linux/readonlyPaths (config-linux.md).</summary>
internal sealed class CoversPart(PlanScope scope, NodesPart nodes) : LaunchPart(scope)
{
    private Slot _mask;
    private Slot _maskUsed;

    /// <summary>Covers the masked paths and makes the read-only ones read-only (config-linux.md).</summary>
    public void Cover()
    {
        List<string> readOnly = Linux.ReadonlyPaths ?? [];
        for (int i = 0; i < readOnly.Count; i++)
        {
            MakePathReadOnly(i, readOnly[i]);
        }

        List<string> masked = Linux.MaskedPaths ?? [];
        if (masked.Count > 0)
        {
            nodes.Seal();
            MakeDirectoryMask();
        }

        var covered = new List<string>(masked.Count);
        for (int i = 0; i < masked.Count; i++)
        {
            // A second cover over the first hides nothing more; the lists of callers are often put together of several.
            string path = GuestPath.Relative(masked[i]);
            if (!covered.Contains(path))
            {
                covered.Add(path);
                MaskPath(i, masked[i]);
            }
        }
    }

    private void MakePathReadOnly(int index, string path)
    {
        Writer.From($"/linux/readonlyPaths/{index}", $"make {path} read-only", HintKind.MountAttributes);
        Label next = Writer.NewLabel();
        Slot target = Writer.NewSlot();
        Slot copy = Writer.NewSlot();
        Resolve(target, Root, path, O_PATH, InRoot).On(Errno.ENOENT, next);
        Writer.Call(copy, SyscallNumber.open_tree, target, Empty, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        Attributes(copy, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
        Attach(copy, target);
        Writer.Mark(next);
    }

    /// <summary>
    /// What covers directories is one empty read-only tmpfs, a whole mount, as criu wants it: the first directory takes it, the
    /// others copies, since only attached mounts can be copied.
    /// </summary>
    private void MakeDirectoryMask()
    {
        Writer.From("/linux/maskedPaths", "make the tmpfs that covers directories", HintKind.Filesystem);
        _maskUsed = Writer.NewSlot();
        _mask = Writer.NewSlot();
        Slot filesystem = Writer.NewSlot();
        Writer.Call(filesystem, SyscallNumber.fsopen, Writer.Text("tmpfs"), FSOPEN_CLOEXEC);
        Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_CMD_CREATE, 0, 0, 0);
        Writer.Call(_mask, SyscallNumber.fsmount, filesystem, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);
    }

    private void MaskPath(int index, string path)
    {
        Writer.From($"/linux/maskedPaths/{index}", $"mask {path}", HintKind.MountTarget);
        Label next = Writer.NewLabel();
        Label isFile = Writer.NewLabel();
        Label cover = Writer.NewLabel();
        Slot target = Writer.NewSlot();
        Slot mask = Writer.NewSlot();
        Resolve(target, Root, path, O_PATH | O_DIRECTORY, InRoot).On(Errno.ENOENT, next).On(Errno.ENOTDIR, isFile);
        Label again = Writer.NewLabel();
        Writer.Add(OperationCode.JumpIfSet, Slot.None, 0, _maskUsed).Then(again);
        Writer.Add(OperationCode.Set, _maskUsed, 0, 1);
        Writer.Add(OperationCode.Set, mask, 0, _mask).Then(cover);
        Writer.Mark(again);
        Writer.Call(mask, SyscallNumber.open_tree, _mask, Empty, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC).Then(cover);
        Writer.Mark(isFile);
        Resolve(target, Root, path, O_PATH, InRoot);
        Writer.Call(mask, SyscallNumber.open_tree, nodes.Fd, Writer.Text(NodesPart.NullNode), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        Writer.Mark(cover);
        Attach(mask, target);
        Writer.Mark(next);
    }
}
