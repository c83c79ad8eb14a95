using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>A look into a guest's root filesystem from outside: nothing that lies in it leads out of it, or is opened.</summary>
internal static class RootView
{
    /// <summary>The root itself, which the caller owns; null where it is not there.</summary>
    public static Fd? Open(string root)
    {
        Sys.TryOpenAt(AT_FDCWD, root, O_PATH | O_DIRECTORY, 0, out Fd? fd);
        return fd;
    }

    /// <summary>A place in it, which the caller owns; null where there is none.</summary>
    public static Fd? Reach(Fd root, string unsafePath)
    {
        Sys.TryOpenAt2(root.Number, unsafePath, O_PATH, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, out Fd? fd);
        return fd;
    }

    /// <summary>The place's type and permissions; 0 where they cannot be read.</summary>
    public static int Mode(Fd place) => Sys.TryStatx(place.Number, string.Empty, AT_EMPTY_PATH, out statx status) == Errno.OK ? status.stx_mode : 0;

    /// <summary>Whether it is a directory.</summary>
    public static bool IsDirectory(Fd place) => (Mode(place) & S_IFMT) == S_IFDIR;

    /// <summary>What it is, in words.</summary>
    public static string Kind(Fd place) => (Mode(place) & S_IFMT) switch
    {
        S_IFREG => "a file",
        S_IFDIR => "a directory",
        S_IFIFO => "a FIFO",
        S_IFCHR or S_IFBLK => "a device",
        _ => "something else",
    };
}
