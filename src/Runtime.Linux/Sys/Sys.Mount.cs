using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Linux;

public static unsafe partial class Sys
{
    /// <summary>open_tree(2), Linux 5.2, with OPEN_TREE_CLOEXEC. The caller owns the fd.</summary>
    public static Errno TryOpenTree(int dirfd, string path, int flags, out Fd? fd)
    {
        var text = new CString(path, stackalloc byte[PathBuffer]);
        // SAFETY: the copy lives on this frame until the call returns.
        fixed (byte* p = text)
        {
            nint result = Raw(SyscallNumber.open_tree, dirfd, (nint)p, flags | OPEN_TREE_CLOEXEC);
            fd = result >= 0 ? new Fd((int)result) : null;
            return ErrorOf(result);
        }
    }

    /// <summary>mount_setattr(2), Linux 5.12, on an fd.</summary>
    public static Errno TryMountSetattr(int fd, int flags, in mount_attr attributes)
    {
        byte empty = 0;
        // SAFETY: path and struct are pinned for the call.
        fixed (mount_attr* a = &attributes)
        {
            return ErrorOf(Raw(SyscallNumber.mount_setattr, fd, (nint)(&empty), flags | AT_EMPTY_PATH, (nint)a, sizeof(mount_attr)));
        }
    }

    /// <summary>move_mount(2), Linux 5.2: attaches a detached mount, named by its fd, to a path that is trusted.</summary>
    public static Errno TryMoveMount(int tree, string path)
    {
        byte empty = 0;
        var text = new CString(path, stackalloc byte[PathBuffer]);
        // SAFETY: both paths live on this frame until the call returns.
        fixed (byte* p = text)
        {
            return ErrorOf(Raw(SyscallNumber.move_mount, tree, (nint)(&empty), AT_FDCWD, (nint)p, (nint)MOVE_MOUNT_F_EMPTY_PATH));
        }
    }

    /// <summary>A new filesystem without a device, detached: fsopen(2), fsconfig(2) and fsmount(2), Linux 5.2. The caller owns the fd.</summary>
    public static Errno TryMakeFilesystem(string type, int attributes, out Fd? mount)
    {
        mount = null;
        var text = new CString(type, stackalloc byte[PathBuffer]);
        // SAFETY: the copy lives on this frame until the call returns.
        fixed (byte* p = text)
        {
            nint opened = Raw(SyscallNumber.fsopen, (nint)p, FSOPEN_CLOEXEC);
            if (opened < 0)
            {
                return ErrorOf(opened);
            }

            using var filesystem = new Fd((int)opened);
            nint result = Raw(SyscallNumber.fsconfig, filesystem.Number, FSCONFIG_CMD_CREATE, 0, 0, 0);
            if (result >= 0)
            {
                result = Raw(SyscallNumber.fsmount, filesystem.Number, FSMOUNT_CLOEXEC, attributes);
                mount = result >= 0 ? new Fd((int)result) : null;
            }

            return ErrorOf(result);
        }
    }

    /// <summary>umount2(2).</summary>
    public static Errno TryUmount2(string path, int flags)
    {
        var text = new CString(path, stackalloc byte[PathBuffer]);
        // SAFETY: the copy lives on this frame until the call returns.
        fixed (byte* p = text)
        {
            return ErrorOf(Result(LibC.umount2(p, flags)));
        }
    }
}
