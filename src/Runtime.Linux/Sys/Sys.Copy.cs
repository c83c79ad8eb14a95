using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Linux;

public static unsafe partial class Sys
{
    /// <summary>mknodat(2): a file of any kind but a directory or a link; <paramref name="device"/> as the kernel encodes it.</summary>
    public static Errno TryMknodAt(int dirfd, string name, int mode, long device)
    {
        var text = new CString(name, stackalloc byte[PathBuffer]);
        // SAFETY: the copy lives on this frame until the call returns.
        fixed (byte* p = text)
        {
            return ErrorOf(Raw(SyscallNumber.mknodat, dirfd, (nint)p, mode, (nint)device));
        }
    }

    /// <summary>linkat(2) without flags: a further name of a file, or of a symlink itself.</summary>
    public static Errno TryLinkAt(int oldDirfd, string oldName, int newDirfd, string newName)
    {
        var oldText = new CString(oldName, stackalloc byte[PathBuffer]);
        var newText = new CString(newName, stackalloc byte[PathBuffer]);
        // SAFETY: both copies live on this frame until the call returns.
        fixed (byte* o = oldText)
        fixed (byte* n = newText)
        {
            return ErrorOf(Result(LibC.linkat(oldDirfd, o, newDirfd, n, 0)));
        }
    }

    /// <summary>utimensat(2) with AT_SYMLINK_NOFOLLOW: the time of the last modification, and of the last access with it.</summary>
    public static Errno TrySetTime(int dirfd, string name, long seconds, int nanoseconds)
    {
        var text = new CString(name, stackalloc byte[PathBuffer]);
        timespec* times = stackalloc timespec[2];
        times[0] = times[1] = new timespec { tv_sec = seconds, tv_nsec = nanoseconds };
        // SAFETY: name and times live on this frame until the call returns.
        fixed (byte* p = text)
        {
            return ErrorOf(Result(LibC.utimensat(dirfd, p, times, AT_SYMLINK_NOFOLLOW)));
        }
    }

    /// <summary>syncfs(2): all of the filesystem that <paramref name="fd"/> is on; errors of writing are reported since Linux 5.8.</summary>
    public static Errno TrySyncfs(int fd)
    {
        nint result;
        while (Interrupted(LibC.syncfs(fd), out result))
        {
        }

        return ErrorOf(result);
    }

    /// <summary>sendfile(2): copies at most <paramref name="count"/> bytes from one file to another; how many were copied.</summary>
    public static Errno TrySendFile(int to, int from, long count, out long copied)
    {
        nint result = RawRetry(SyscallNumber.sendfile, to, from, 0, (nint)count);
        copied = Math.Max(result, 0);
        return ErrorOf(result);
    }

    /// <summary>lseek(2): where the file's position is now. SEEK_DATA and SEEK_HOLE answer ENXIO behind the last byte.</summary>
    public static Errno TryLseek(int fd, long offset, int whence, out long position)
    {
        nint result = Result(LibC.lseek(fd, offset, whence));
        position = result;
        return ErrorOf(result);
    }

    /// <summary>ftruncate(2).</summary>
    public static Errno TryFtruncate(int fd, long length)
    {
        nint result;
        while (Interrupted(LibC.ftruncate(fd, length), out result))
        {
        }

        return ErrorOf(result);
    }

    /// <summary>fchown(2).</summary>
    public static Errno TryFchown(int fd, uint uid, uint gid) => ErrorOf(Result(LibC.fchown(fd, uid, gid)));

    /// <summary>
    /// setfsuid(2) and setfsgid(2): the ids with which this thread makes files. Its capabilities stay, which takes
    /// SECBIT_NO_SETUID_FIXUP (capabilities(7)) for as long as the ids are others; call it with the thread's own to end it.
    /// </summary>
    public static void SetFilesystemIds(uint uid, uint gid)
    {
        nint bits = Raw(SyscallNumber.prctl, PR_GET_SECUREBITS);
        Raw(SyscallNumber.prctl, PR_SET_SECUREBITS, bits | SECBIT_NO_SETUID_FIXUP);
        Raw(SyscallNumber.setfsgid, (nint)gid);
        Raw(SyscallNumber.setfsuid, (nint)uid);
        Raw(SyscallNumber.prctl, PR_SET_SECUREBITS, bits);
    }

    /// <summary>readlinkat(2) on an O_PATH fd of the link itself; null where it is none.</summary>
    public static string? TryReadLink(int fd) => TryReadLinkAt(fd, string.Empty);
}
