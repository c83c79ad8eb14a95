using System.Runtime.CompilerServices;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Cctl.Entry;

/// <summary>
/// Makes sure that this process executes a file that no guest can write to (CVE-2019-5736: a guest that gets hold of
/// /proc/self/exe of a runtime overwrites it for the host). The executable is executed again from a detached, read-only
/// copy of its own mount: open_tree(2), mount_setattr(2), execveat(2). Where that is not allowed (an ordinary user) and
/// the file could be written to by the user that the guest runs as, from a sealed memfd. The executable is linked
/// statically, so there is no library to protect.
/// </summary>
// SAFETY: every pointer is to a local of a live frame, a constant of the executable, or the kernel's own argv and envp; each
// length is the local's size.
internal static unsafe class Seal
{
    private const int CopyBytes = 1 << 30;

    /// <summary>Returns when the executable is safe; executes it again where it is not yet.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Ensure(byte** argv, byte** envp)
    {
        if (ByMount(argv, envp))
        {
            return;
        }

        int self;
        fixed (byte* path = "/proc/self/exe"u8)
        {
            self = (int)EarlySyscall.Call(SyscallNumber.openat, AT_FDCWD, (long)path, O_PATH | O_CLOEXEC);
            if (self < 0)
            {
                Refuse("cctl: /proc/self/exe cannot be opened: mount procfs on /proc\n"u8);
            }

            if (!IsSafeFromUser(self))
            {
                ExecuteMemfd((long)path, argv, envp);
                Refuse("cctl: the executable cannot be protected against being overwritten by the guest: memfd_create or execveat failed\n"u8);
            }
        }

        EarlySyscall.Call(SyscallNumber.close, self);
    }

    /// <summary>
    /// The usual way alone, also for a process that has no C library yet: executes the file again from a read-only mount.
    /// Returns whether it is sealed already; false, too, where the mount could not be made.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool ByMount(byte** argv, byte** envp)
    {
        fixed (byte* path = "/proc/self/exe"u8)
        {
            int self = (int)EarlySyscall.Call(SyscallNumber.openat, AT_FDCWD, (long)path, O_PATH | O_CLOEXEC);
            if (self < 0)
            {
                return false;
            }

            bool isSealed = IsSealed(self);
            if (!isSealed)
            {
                ExecuteReadOnlyMount((long)path, argv, envp);
            }

            EarlySyscall.Call(SyscallNumber.close, self);
            return isSealed;
        }
    }

    /// <summary>A read-only mount of this one file, or a file without a name and without write permission (a sealed memfd).</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsSealed(int self)
    {
        statx status = default;
        statfs filesystem = default;
        byte empty = 0;
        if (EarlySyscall.Call(SyscallNumber.statx, self, (long)(&empty), AT_EMPTY_PATH, STATX_BASIC_STATS, (long)(&status)) < 0
            || EarlySyscall.Call(SyscallNumber.fstatfs, self, (long)(&filesystem)) < 0)
        {
            return false;
        }

        bool ownMount = (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 && (filesystem.f_flags & ST_RDONLY) != 0;
        return ownMount || (status.stx_nlink == 0 && filesystem.f_type == TMPFS_MAGIC && IsMemfdSealed());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsMemfdSealed()
    {
        fixed (byte* path = "/proc/self/exe"u8)
        {
            int file = (int)EarlySyscall.Call(SyscallNumber.openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC);
            long seals = EarlySyscall.Call(SyscallNumber.fcntl, file, F_GET_SEALS);
            EarlySyscall.Call(SyscallNumber.close, file);
            return seals > 0 && (seals & F_SEAL_WRITE) != 0;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ExecuteReadOnlyMount(long path, byte** argv, byte** envp)
    {
        byte empty = 0;
        mount_attr readOnly = default;
        readOnly.attr_set = MOUNT_ATTR_RDONLY;
        int copy = (int)EarlySyscall.Call(SyscallNumber.open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        if (copy >= 0 && EarlySyscall.Call(SyscallNumber.mount_setattr, copy, (long)(&empty), AT_EMPTY_PATH, (long)(&readOnly), sizeof(mount_attr)) == 0)
        {
            EarlySyscall.Call(SyscallNumber.execveat, copy, (long)(&empty), (long)argv, (long)envp, AT_EMPTY_PATH);
        }

        if (copy >= 0)
        {
            EarlySyscall.Call(SyscallNumber.close, copy);
        }
    }

    /// <summary>Somebody else's file that this user may not write to cannot be written to by its guests either.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsSafeFromUser(int self)
    {
        statx status = default;
        byte empty = 0;
        long user = EarlySyscall.Call(SyscallNumber.geteuid);
        return user != 0
            && EarlySyscall.Call(SyscallNumber.statx, self, (long)(&empty), AT_EMPTY_PATH, STATX_BASIC_STATS, (long)(&status)) == 0
            && status.stx_uid != user
            && EarlySyscall.Call(SyscallNumber.faccessat2, self, (long)(&empty), W_OK, AT_EMPTY_PATH | AT_EACCESS) < 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ExecuteMemfd(long path, byte** argv, byte** envp)
    {
        byte empty = 0;
        int file = (int)EarlySyscall.Call(SyscallNumber.openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
        int copy;
        fixed (byte* name = "cctl"u8)
        {
            copy = (int)EarlySyscall.Call(SyscallNumber.memfd_create, (long)name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
            if (copy == -(int)Errno.EINVAL)
            {
                copy = (int)EarlySyscall.Call(SyscallNumber.memfd_create, (long)name, MFD_CLOEXEC | MFD_ALLOW_SEALING); // before Linux 6.3
            }
        }

        long copied;
        do
        {
            copied = EarlySyscall.Call(SyscallNumber.sendfile, copy, file, 0, CopyBytes);
        }
        while (copied > 0);

        if (copied == 0 && EarlySyscall.Call(SyscallNumber.fcntl, copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0)
        {
            EarlySyscall.Call(SyscallNumber.execveat, copy, (long)(&empty), (long)argv, (long)envp, AT_EMPTY_PATH);
        }
    }

    private static void Refuse(ReadOnlySpan<byte> message)
    {
        fixed (byte* text = message)
        {
            EarlySyscall.Call(SyscallNumber.write, 2, (long)text, message.Length);
        }

        EarlySyscall.Call(SyscallNumber.exit_group, 1);
    }
}
