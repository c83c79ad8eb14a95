using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// Makes in the root filesystem what bind mounts are mounted on, as a launch does: criu expects it to be there, and the
/// root of an imported container is a fresh one.
/// </summary>
internal static class MountTargets
{
    private const ulong InRoot = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

    /// <summary>Makes what is missing; what cannot be made is left for criu to name.</summary>
    public static void Make(RuntimeConfig config, string bundle, string rootfs)
    {
        using Fd root = Sys.OpenAt(AT_FDCWD, rootfs, O_PATH | O_DIRECTORY);
        for (int i = 0; i < config.Mounts?.Count; i++)
        {
            Mount mount = config.Mounts[i];
            if (mount is { Destination: { Length: > 1 } destination, Source: { Length: > 0 } source }
                && MountOptions.Parse(mount).Bind && !IsCovered(config.Mounts, i, destination))
            {
                bool folder = Sys.TryStatx(AT_FDCWD, Path.GetFullPath(source, bundle), 0, out statx status) == Errno.OK && (status.stx_mode & S_IFMT) == S_IFDIR;
                Make(root, destination, folder);
            }
        }
    }

    // On another mount of the guest's: that one's content is criu's to restore.
    private static bool IsCovered(List<Mount> mounts, int index, string destination)
    {
        for (int i = 0; i < index; i++)
        {
            if (mounts[i].Destination is { } above && destination.StartsWith(above.TrimEnd('/') + "/", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static void Make(Fd root, string unsafePath, bool folder)
    {
        string[] names = unsafePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string parent = ".";
        for (int i = 0; i < names.Length; i++)
        {
            string path = parent + "/" + names[i];
            if (Sys.TryOpenAt2(root.Number, path, O_PATH, 0, InRoot, out Fd? there) == Errno.OK)
            {
                there!.Dispose();
            }
            else if (names[i] is "." or ".." || !TryMake(root, parent, names[i], folder || i + 1 < names.Length))
            {
                return;
            }

            parent = path;
        }
    }

    private static bool TryMake(Fd root, string unsafeParent, string name, bool folder)
    {
        if (Sys.TryOpenAt2(root.Number, unsafeParent, O_PATH | O_DIRECTORY, 0, InRoot, out Fd? opened) != Errno.OK)
        {
            return false;
        }

        using Fd parent = opened!;
        if (folder)
        {
            return Sys.TryMkdirAt(parent.Number, name, 0x1ed) == Errno.OK;
        }

        Errno errno = Sys.TryOpenAt(parent.Number, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0x1a4, out Fd? file);
        file?.Dispose();
        return errno == Errno.OK;
    }
}
