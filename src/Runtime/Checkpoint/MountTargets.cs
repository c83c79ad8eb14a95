using OciSpec;
using Runtime.Linux;
using Runtime.Linux.Files;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// Makes in the root filesystem what bind mounts are mounted on, as a launch does: criu expects it to be there, and the
/// root of an imported container is a fresh one.
/// </summary>
internal static class MountTargets
{
    /// <summary>Makes what is missing; what cannot be made is left for criu to name.</summary>
    public static void Make(RuntimeConfig config, string bundle, string rootfs)
    {
        using Root root = Root.Open(rootfs);
        for (int i = 0; i < config.Mounts?.Count; i++)
        {
            Mount mount = config.Mounts[i];
            if (mount is { Destination: { Length: > 1 } destination, Source.Length: > 0 }
                && ResolvedMount.SourceOf(mount, MountOptions.Parse(mount), bundle) is string source && !IsCovered(config.Mounts, i, destination))
            {
                bool directory = Sys.TryStatx(AT_FDCWD, source, 0, out statx status) == Errno.OK && (status.stx_mode & S_IFMT) == S_IFDIR;
                Make(root, destination, directory);
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

    private static void Make(Root root, string unsafePath, bool directory)
    {
        if (root.TryOpen(unsafePath, O_PATH, out Fd? made) == Errno.ENOENT)
        {
            if (directory)
            {
                root.TryMakeDirectory(unsafePath, 0b111_101_101, out made);
            }
            else if (root.TryMakeDirectory(unsafePath[..Math.Max(0, unsafePath.TrimEnd('/').LastIndexOf('/'))], 0b111_101_101, out Fd? parent) == Errno.OK)
            {
                parent!.Dispose();
                root.TryCreate(unsafePath, 0b110_100_100, out made);
            }
        }

        made?.Dispose();
    }
}
