using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Resolution;

/// <summary>Paths as a mount namespace has them that the container joins by its path.</summary>
internal static class JoinedView
{
    /// <summary>What a function returns there; null where the namespace cannot be entered, which the launch will say.</summary>
    public static string? In(string path, Func<string?> look)
    {
        if (Sys.TryOpenAt(AT_FDCWD, path, O_RDONLY, 0, out Fd? opened) != Errno.OK)
        {
            return null;
        }

        using Fd mounts = opened!;
        int number = mounts.Number;
        string? found = null;
        // A thread that shares root and working directory with no other, and ends with what it saw (setns(2)).
        var thread = new Thread(
            () =>
            {
                bool isThere = Sys.Raw(SyscallNumber.unshare, (nint)CLONE_FS) == 0 && Sys.TrySetns(number, CLONE_NEWNS) == Errno.OK;
                found = isThere ? look() : null;
            },
            maxStackSize: 1 << 18);
        thread.Start();
        thread.Join();
        return found;
    }
}
