using System.Globalization;
using static Runtime.Linux.Abi;

namespace Runtime.Linux;

/// <summary>
/// Reads files that a guest, an image or another stranger controls. What lies at such a path may be a device, whose mere
/// opening acts and whose content the guest's own device rules deny it, a FIFO that nobody writes to, or a file of the
/// kernel's: so it is opened as a path, looked at, and only a regular file is opened again for reading, by that very fd.
/// </summary>
public static class GuestFile
{
    // linux/magic.h: filesystems that show the kernel's own data as regular files. Read with the host's rights they would
    // say what the guest may not know, and take away what others wait for (/proc/kmsg).
    private static ReadOnlySpan<long> KernelFilesystems => [PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC, SECURITYFS_MAGIC, EFIVARFS_MAGIC, PSTOREFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC];

    /// <summary>The content of a regular file. EINVAL where it is none, EFBIG where it is longer than <paramref name="limit"/>; it never waits for a writer.</summary>
    /// <param name="dirfd">The directory that the path is resolved in.</param>
    /// <param name="unsafePath">The path.</param>
    /// <param name="resolve">How far the path may lead: RESOLVE_* of openat2(2).</param>
    /// <param name="limit">The most bytes.</param>
    /// <param name="bytes">The content; empty with an error.</param>
    public static Errno TryRead(int dirfd, string unsafePath, ulong resolve, int limit, out byte[] bytes)
    {
        bytes = [];
        Errno errno = Sys.TryOpenAt2(dirfd, unsafePath, O_PATH, 0, resolve, out Fd? opened);
        if (opened is null)
        {
            return errno;
        }

        using Fd place = opened;
        errno = TryOpen(place, out Fd? file);
        if (file is null)
        {
            return errno;
        }

        using (file)
        {
            return FileText.TryReadAll(file.Number, out bytes, limit);
        }
    }

    /// <summary>Opens what an O_PATH fd stands for, for reading; EINVAL where that is no regular file, or one of the kernel's.</summary>
    /// <param name="place">The place; it stays the caller's.</param>
    /// <param name="file">The file, which the caller owns; reading it does not block.</param>
    public static Errno TryOpen(Fd place, out Fd? file)
    {
        file = null;
        Errno errno = Sys.TryStatx(place.Number, string.Empty, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, out statx status);
        if (errno == Errno.OK && (status.stx_mode & S_IFMT) != S_IFREG)
        {
            errno = Errno.EINVAL;
        }

        if (errno == Errno.OK)
        {
            errno = Sys.TryFstatfs(place.Number, out statfs filesystem);
            if (errno == Errno.OK && KernelFilesystems.Contains(filesystem.f_type))
            {
                errno = Errno.EINVAL;
            }
        }

        // By the runtime's own procfs: a path would be resolved again, and might lead elsewhere by now.
        return errno == Errno.OK
            ? Sys.TryOpenAt(AT_FDCWD, string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{place.Number}"), O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, out file)
            : errno;
    }
}
