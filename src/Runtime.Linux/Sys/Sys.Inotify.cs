using static Runtime.Linux.Abi;

namespace Runtime.Linux;

public static unsafe partial class Sys
{
    /// <summary>inotify_init1(2), close-on-exec and non-blocking. The caller owns the fd.</summary>
    public static Fd InotifyInit()
    {
        nint result = Raw(SyscallNumber.inotify_init1, O_CLOEXEC | O_NONBLOCK);
        Check(result, "inotify_init1(IN_CLOEXEC | IN_NONBLOCK)");
        return new Fd((int)result);
    }

    /// <summary>inotify_add_watch(2): the watch's number.</summary>
    public static int InotifyAddWatch(int inotify, string path, uint mask)
    {
        var text = new CString(path, stackalloc byte[PathBuffer]);
        // SAFETY: the copy lives on this frame until the call returns.
        fixed (byte* p = text)
        {
            nint result = Raw(SyscallNumber.inotify_add_watch, inotify, (nint)p, (nint)mask);
            Check(result, $"inotify_add_watch({inotify}, \"{path}\", 0x{mask:x})");
            return (int)result;
        }
    }
}
