using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>What an fd must stand for: asked of the kernel (statx(2), fstatfs(2)), compared by the child itself.</summary>
internal abstract partial class LaunchPart
{
    // struct statx: where stx_mode and stx_rdev_major stand (the ABI tests hold them against the headers).
    protected const int StatxMode = 28;
    protected const int StatxInode = 32;
    protected const int StatxMount = 144;
    protected const int StatxDevice = 128;

    private const int StatfsSize = 120;

    /// <summary>Room for a struct statx.</summary>
    protected Argument StatusRoom() => Writer.Room(256);

    /// <summary>Fails with <paramref name="otherwise"/> unless the fd lies on (or does not lie on) such a filesystem.</summary>
    protected void RequireFilesystem(Slot fd, long magic, bool equal, Errno otherwise)
    {
        Argument room = Writer.Room(StatfsSize);
        Writer.Call(SyscallNumber.fstatfs, fd, room);
        if (equal)
        {
            Writer.Add(OperationCode.Test, Slot.None, 0, room, -1L, magic, (int)otherwise);
            return;
        }

        Label fine = Writer.NewLabel();
        Writer.Add(OperationCode.Test, Slot.None, 0, room, -1L, magic, (int)Errno.ENODEV).On(Errno.ENODEV, fine);
        Writer.Fail(otherwise);
        Writer.Mark(fine);
    }

    /// <summary>What the fd stands for must be this very device, whatever its path says; else the launch fails, or goes on elsewhere.</summary>
    protected void RequireDevice(Slot fd, int type, uint major, uint minor, Label? otherwise = null)
    {
        Argument status = StatusRoom();
        Writer.Call(SyscallNumber.statx, fd, Empty, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, status);
        PlanWriter.Step kind = Writer.Add(OperationCode.Test, Slot.None, 0, PlanWriter.Inside(status, StatxMode), (long)S_IFMT, (long)type, (int)Errno.EEXIST);
        if (otherwise is Label other)
        {
            kind.OnAny(other);
        }

        if (type == S_IFIFO)
        {
            return;
        }

        PlanWriter.Step number = Writer.Add(OperationCode.Test, Slot.None, 0, PlanWriter.Inside(status, StatxDevice), -1L, ((long)minor << 32) | major, (int)Errno.EEXIST);
        if (otherwise is Label elsewhere)
        {
            number.OnAny(elsewhere);
        }
    }

    /// <summary>The inode number of what a path stands for; where that cannot be had, the plan goes on at <paramref name="without"/>.</summary>
    protected Slot InodeOf(Slot directory, Argument path, int flags, Label? without = null)
    {
        Argument status = StatusRoom();
        Slot inode = Writer.NewSlot();
        PlanWriter.Step look = Writer.Call(SyscallNumber.statx, directory, path, flags, STATX_BASIC_STATS, status);
        if (without is Label label)
        {
            look.OnAny(label);
        }

        Writer.Add(OperationCode.Load, inode, 0, PlanWriter.Inside(status, StatxInode), long.MaxValue);
        return inode;
    }

    /// <summary>The number of the mount that a path lies on (Linux 5.8).</summary>
    protected Slot MountOf(Slot directory, Argument path, int flags)
    {
        Argument status = StatusRoom();
        Slot mount = Writer.NewSlot();
        Writer.Call(SyscallNumber.statx, directory, path, flags, STATX_MNT_ID, status);
        Writer.Add(OperationCode.Load, mount, 0, PlanWriter.Inside(status, StatxMount), long.MaxValue);
        return mount;
    }
}
