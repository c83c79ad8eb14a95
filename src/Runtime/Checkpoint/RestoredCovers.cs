using OciSpec;
using Runtime.Linux;
using Runtime.Linux.Files;
using Runtime.Namespaces.Resolution;
using Runtime.State;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: the paths that a configuration masks and makes read-only are so in a restored guest as well, whatever the
/// images say: a masked file is a null device, a directory an empty tmpfs, and both are read-only. A guest that may mount
/// may have taken them away.
/// </summary>
internal static class RestoredCovers
{
    private const int CAP_SYS_ADMIN = 21;

    /// <summary>
    /// Looks at the paths, from within the guest's mount namespace. criu leaves out the flags of a mount from outside where
    /// another from the same filesystem has the same: a mask that can be written to is made read-only again.
    /// </summary>
    /// <param name="config">The bundle's configuration.</param>
    /// <param name="root">The root of the guest's mount namespace.</param>
    /// <param name="pid">Its first process, for messages.</param>
    /// <exception cref="ContainerException">One is open.</exception>
    public static void Check(RuntimeConfig config, Fd root, int pid)
    {
        if ((CapabilitySets.From(config.Process?.Capabilities).All & (1UL << CAP_SYS_ADMIN)) != 0)
        {
            return;
        }

        for (int i = 0; i < config.Linux?.MaskedPaths?.Count; i++)
        {
            string path = config.Linux.MaskedPaths[i];
            using Fd? place = Open(root, path);
            RestoredProcesses.Require(pid, place is null || IsMask(place), $"/linux/maskedPaths/{i}", $"{path} is not masked");
        }

        for (int i = 0; i < config.Linux?.ReadonlyPaths?.Count; i++)
        {
            string path = config.Linux.ReadonlyPaths[i];
            using Fd? place = Open(root, path);
            RestoredProcesses.Require(pid, place is null || IsReadOnly(place, out _), $"/linux/readonlyPaths/{i}", $"{path} can be written to");
        }
    }

    private static Fd? Open(Fd root, string unsafePath) =>
        Sys.TryOpenAt2(root.Number, unsafePath, O_PATH, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, out Fd? place) == Errno.OK ? place : null;

    private static bool IsMask(Fd place)
    {
        if (Sys.TryStatx(place.Number, string.Empty, AT_EMPTY_PATH, out statx status) != Errno.OK)
        {
            return false;
        }

        if (!IsReadOnly(place, out long type))
        {
            // Of what is no mount by itself it fails.
            Sys.TryMountSetattr(place.Number, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
            if (!IsReadOnly(place, out _))
            {
                return false;
            }
        }

        return (status.stx_mode & S_IFMT) switch
        {
            S_IFCHR => (status.stx_rdev_major, status.stx_rdev_minor) == (1, 3),
            S_IFDIR => type == TMPFS_MAGIC && Sys.TryOpenAt(place.Number, ".", O_RDONLY | O_DIRECTORY, 0, out Fd? directory) == Errno.OK && IsEmpty(directory!),
            _ => false,
        };
    }

    private static bool IsEmpty(Fd directory)
    {
        using (directory)
        {
            return DirectoryReader.ReadAll(directory.Number).Count == 0;
        }
    }

    private static bool IsReadOnly(Fd place, out long type)
    {
        bool read = Sys.TryFstatfs(place.Number, out statfs filesystem) == Errno.OK;
        type = filesystem.f_type;
        return read && (filesystem.f_flags & ST_RDONLY) != 0;
    }
}
