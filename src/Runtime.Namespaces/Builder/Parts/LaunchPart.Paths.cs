using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>How a place inside the root is reached: by openat2(2), never by a path that the guest could bend.</summary>
internal abstract partial class LaunchPart
{
    protected const int MountAttrSize = 32;
    protected const int OpenHowSize = 24;
    protected const ulong InRoot = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

    protected Argument Empty => scope.Empty.Value != 0 ? scope.Empty : scope.Empty = Writer.Text(string.Empty);

    protected Argument Dot => scope.Dot.Value != 0 ? scope.Dot : scope.Dot = Writer.Text(".");

    /// <summary>mount_setattr(2) on a mount's fd.</summary>
    protected PlanWriter.Step Attributes(Slot mount, int flags, in mount_attr attributes) =>
        Writer.Call(SyscallNumber.mount_setattr, mount, Empty, AT_EMPTY_PATH | flags, Writer.Struct(attributes), MountAttrSize);

    /// <summary>Attaches a detached mount to the place that an fd stands for.</summary>
    protected PlanWriter.Step Attach(Slot mount, Slot target) =>
        Writer.Call(SyscallNumber.move_mount, mount, Empty, target, Empty, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);

    /// <summary>openat2(2) below a directory.</summary>
    protected PlanWriter.Step Resolve(Slot result, Argument directory, string unsafePath, int flags, ulong resolve) =>
        Writer.Call(result, SyscallNumber.openat2, directory, Writer.Text(unsafePath), How(flags, 0, resolve), OpenHowSize);

    protected Argument How(int flags, int mode, ulong resolve) =>
        Writer.Struct(new open_how { flags = (uint)(flags | O_CLOEXEC), mode = (uint)mode, resolve = resolve });

    /// <summary>
    /// The fd of a place inside the root; what is missing of the path is made, the last part as a directory or a file. Only then
    /// <paramref name="made"/> is set.
    /// </summary>
    protected Slot ReachOrMake(string unsafePath, bool directory, ulong resolve = InRoot, Slot? made = null)
    {
        string path = GuestPath.Relative(unsafePath);
        if (path.Length == 0)
        {
            return Root;
        }

        Slot result = Writer.NewSlot();
        Label reached = Writer.NewLabel();
        Label make = Writer.NewLabel();
        Resolve(result, Root, path, O_PATH | (directory ? O_DIRECTORY : 0), resolve).Then(reached).On(Errno.ENOENT, make);
        Writer.Mark(make);
        if (made is Slot set)
        {
            Writer.Add(OperationCode.Set, set, 0, 1);
        }

        Writer.Add(OperationCode.MakePath, result, 0, Root, Writer.Text(path), directory ? 1 : 0, resolve);
        Writer.Mark(reached);
        return result;
    }
}
