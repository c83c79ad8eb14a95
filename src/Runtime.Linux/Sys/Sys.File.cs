using LibC = Tmds.Linux.LibC;
using open_how = Tmds.Linux.open_how; // one by one: statx is ours, as the package's lacks the mount id
using static Runtime.Linux.Abi;

namespace Runtime.Linux;

public static unsafe partial class Sys
{
    private const int PathBuffer = 512;

    /// <summary>close(2). Its errors tell nothing that a caller could mend.</summary>
    public static void Close(int fd) => _ = LibC.close(fd);

    /// <summary>Wrapper for openat(2) which sets O_CLOEXEC. The caller owns the fd. For paths that are trusted.</summary>
    public static Errno TryOpenAt(int dirfd, string path, int flags, int mode, out Fd? fd)
    {
        var text = new CString(path, stackalloc byte[PathBuffer]);
        // SAFETY: the copy lives on this frame until the call returns.
        fixed (byte* p = text)
        {
            nint result;
            while (Interrupted(LibC.openat(dirfd, p, flags | O_CLOEXEC, (ushort)mode), out result))
            {
            }

            fd = result >= 0 ? new Fd((int)result) : null;
            return ErrorOf(result);
        }
    }

    /// <summary>As <see cref="TryOpenAt"/>, and throws on failure.</summary>
    public static Fd OpenAt(int dirfd, string path, int flags, int mode = 0)
    {
        Errno errno = TryOpenAt(dirfd, path, flags, mode, out Fd? fd);
        return fd ?? throw new SyscallException($"openat({dirfd}, \"{path}\", 0x{flags:x})", errno);
    }

    /// <summary>Wrapper for openat2(2) (Linux 5.6) which sets O_CLOEXEC. The caller owns the fd.</summary>
    public static Errno TryOpenAt2(int dirfd, string unsafePath, int flags, int mode, ulong resolve, out Fd? fd)
    {
        var text = new CString(unsafePath, stackalloc byte[PathBuffer]);
        var how = new open_how { flags = (uint)(flags | O_CLOEXEC), mode = (uint)mode, resolve = resolve };
        // SAFETY: path and struct live on this frame until the call returns.
        fixed (byte* p = text)
        {
            nint result;
            // EAGAIN: a rename elsewhere raced with the resolution of ".."; openat2(2) asks to try again.
            while (Interrupted(LibC.openat2(dirfd, p, &how, sizeof(open_how)), out result) || result == -(int)Errno.EAGAIN)
            {
            }

            fd = result >= 0 ? new Fd((int)result) : null;
            return ErrorOf(result);
        }
    }

    /// <summary>As <see cref="TryOpenAt2"/>, and throws on failure.</summary>
    public static Fd OpenAt2(int dirfd, string unsafePath, int flags, int mode, ulong resolve)
    {
        Errno errno = TryOpenAt2(dirfd, unsafePath, flags, mode, resolve, out Fd? fd);
        return fd ?? throw new SyscallException($"openat2({dirfd}, \"{unsafePath}\", 0x{flags:x}, resolve 0x{resolve:x})", errno);
    }

    /// <summary>read(2): the number of bytes read, 0 at the end of the file.</summary>
    public static int Read(int fd, Span<byte> buffer)
    {
        // SAFETY: the span is pinned for the call.
        fixed (byte* p = buffer)
        {
            nint result;
            while (Interrupted(LibC.read(fd, p, buffer.Length), out result))
            {
            }

            Check(result, $"read({fd})");
            return (int)result;
        }
    }

    /// <summary>write(2) until everything is written; the error where it could not be.</summary>
    public static Errno TryWrite(int fd, ReadOnlySpan<byte> bytes)
    {
        // SAFETY: the span is pinned for the calls.
        fixed (byte* p = bytes)
        {
            int done = 0;
            do
            {
                nint result;
                while (Interrupted(LibC.write(fd, p + done, bytes.Length - done), out result))
                {
                }

                if (result < 0)
                {
                    return ErrorOf(result);
                }

                done += (int)result;
            }
            while (done < bytes.Length);
            return Errno.OK;
        }
    }

    /// <summary>write(2) until everything is written.</summary>
    public static void Write(int fd, ReadOnlySpan<byte> bytes)
    {
        Errno errno = TryWrite(fd, bytes);
        if (errno != Errno.OK)
        {
            throw new SyscallException($"write({fd}, {bytes.Length} bytes)", errno);
        }
    }

    /// <summary>mkdirat(2).</summary>
    public static Errno TryMkdirAt(int dirfd, string name, int mode)
    {
        var text = new CString(name, stackalloc byte[PathBuffer]);
        // SAFETY: the copy lives on this frame until the call returns.
        fixed (byte* p = text)
        {
            return ErrorOf(Result(LibC.mkdirat(dirfd, p, (ushort)mode)));
        }
    }

    /// <summary>unlinkat(2); <paramref name="flags"/> may be AT_REMOVEDIR.</summary>
    public static Errno TryUnlinkAt(int dirfd, string name, int flags)
    {
        var text = new CString(name, stackalloc byte[PathBuffer]);
        // SAFETY: the copy lives on this frame until the call returns.
        fixed (byte* p = text)
        {
            return ErrorOf(Result(LibC.unlinkat(dirfd, p, flags)));
        }
    }

    /// <summary>symlinkat(2).</summary>
    public static Errno TrySymlinkAt(string target, int dirfd, string name)
    {
        var targetText = new CString(target, stackalloc byte[PathBuffer]);
        var text = new CString(name, stackalloc byte[PathBuffer]);
        // SAFETY: both copies live on this frame until the call returns.
        fixed (byte* t = targetText)
        fixed (byte* p = text)
        {
            return ErrorOf(Result(LibC.symlinkat(t, dirfd, p)));
        }
    }

    /// <summary>renameat2(2).</summary>
    public static Errno TryRenameAt2(int oldDirfd, string oldName, int newDirfd, string newName, int flags)
    {
        var oldText = new CString(oldName, stackalloc byte[PathBuffer]);
        var newText = new CString(newName, stackalloc byte[PathBuffer]);
        // SAFETY: both copies live on this frame until the call returns.
        fixed (byte* o = oldText)
        fixed (byte* n = newText)
        {
            return ErrorOf(Raw(SyscallNumber.renameat2, oldDirfd, (nint)o, newDirfd, (nint)n, flags));
        }
    }

    /// <summary>readlinkat(2), or null where the path is no link or is missing.</summary>
    public static string? TryReadLinkAt(int dirfd, string path)
    {
        var text = new CString(path, stackalloc byte[PathBuffer]);
        byte* buffer = stackalloc byte[4096];
        // SAFETY: path and buffer live on this frame until the call returns.
        fixed (byte* p = text)
        {
            nint result = Result(LibC.readlinkat(dirfd, p, buffer, 4096));
            return result >= 0 ? FileName.Of(new ReadOnlySpan<byte>(buffer, (int)result)) : null;
        }
    }

    /// <summary>statx(2) with the basic fields and the mount id.</summary>
    public static Errno TryStatx(int dirfd, string path, int flags, out statx status)
    {
        var text = new CString(path, stackalloc byte[PathBuffer]);
        // SAFETY: path and struct are pinned for the call.
        fixed (byte* p = text)
        fixed (statx* s = &status)
        {
            return ErrorOf(Raw(SyscallNumber.statx, dirfd, (nint)p, flags, (nint)(STATX_BASIC_STATS | STATX_MNT_ID), (nint)s));
        }
    }

    /// <summary>fstatfs(2).</summary>
    public static Errno TryFstatfs(int fd, out statfs status)
    {
        // SAFETY: the struct is pinned for the call.
        fixed (statfs* s = &status)
        {
            return ErrorOf(Raw(SyscallNumber.fstatfs, fd, (nint)s));
        }
    }

    /// <summary>fchmod(2).</summary>
    public static Errno TryFchmod(int fd, int mode) => ErrorOf(Result(LibC.fchmod(fd, (ushort)mode)));

    /// <summary>fchownat(2); −1 leaves an id as it is.</summary>
    public static Errno TryFchownAt(int dirfd, string path, uint uid, uint gid, int flags)
    {
        var text = new CString(path, stackalloc byte[PathBuffer]);
        // SAFETY: the copy lives on this frame until the call returns.
        fixed (byte* p = text)
        {
            return ErrorOf(Result(LibC.fchownat(dirfd, p, uid, gid, flags)));
        }
    }

    /// <summary>fchmodat(2): it follows links, so for paths that are trusted.</summary>
    public static Errno TryFchmodAt(int dirfd, string path, int mode)
    {
        var text = new CString(path, stackalloc byte[PathBuffer]);
        // SAFETY: the copy lives on this frame until the call returns.
        fixed (byte* p = text)
        {
            return ErrorOf(Result(LibC.fchmodat(dirfd, p, (ushort)mode, 0)));
        }
    }

    /// <summary>fsync(2).</summary>
    public static Errno TryFsync(int fd)
    {
        nint result;
        while (Interrupted(LibC.fsync(fd), out result))
        {
        }

        return ErrorOf(result);
    }

    /// <summary>flock(2).</summary>
    public static Errno TryFlock(int fd, int operation) => ErrorOf(RawRetry(SyscallNumber.flock, fd, operation));

    /// <summary>faccessat2(2), Linux 5.8.</summary>
    public static Errno TryAccess(int dirfd, string path, int mode, int flags)
    {
        var text = new CString(path, stackalloc byte[PathBuffer]);
        // SAFETY: the copy lives on this frame until the call returns.
        fixed (byte* p = text)
        {
            return ErrorOf(Raw(SyscallNumber.faccessat2, dirfd, (nint)p, mode, flags));
        }
    }

    /// <summary>getdents64(2): fills <paramref name="buffer"/>; a length of 0 at the end of the directory.</summary>
    public static Errno TryGetDents64(int fd, Span<byte> buffer, out int length)
    {
        // SAFETY: the span is pinned for the call.
        fixed (byte* p = buffer)
        {
            nint result = Raw(SyscallNumber.getdents64, fd, (nint)p, buffer.Length);
            length = (int)Math.Max(result, 0);
            return ErrorOf(result);
        }
    }

    /// <summary>fcntl(2) F_DUPFD_CLOEXEC, from 3 up. The caller owns the copy.</summary>
    public static Fd Duplicate(int fd)
    {
        nint result = Result(LibC.fcntl(fd, F_DUPFD_CLOEXEC, 3));
        Check(result, $"fcntl({fd}, F_DUPFD_CLOEXEC)");
        return new Fd((int)result);
    }
}
