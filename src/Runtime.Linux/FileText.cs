using System.Text;
using static Runtime.Linux.Abi;

namespace Runtime.Linux;

/// <summary>Reads and writes small files whole: those of procfs, cgroupfs and the state directory.</summary>
public static class FileText
{
    /// <summary>The bytes of the file, or the error. Stops at <paramref name="limit"/> bytes with EFBIG.</summary>
    public static Errno TryRead(int dirfd, string path, out byte[] bytes, int limit = 16 << 20)
    {
        bytes = [];
        Errno errno = Sys.TryOpenAt(dirfd, path, O_RDONLY, 0, out Fd? opened);
        if (opened is null)
        {
            return errno;
        }

        using Fd fd = opened;
        return TryReadAll(fd.Number, out bytes, limit);
    }

    /// <summary>The rest of an open file, or the error. Stops at <paramref name="limit"/> bytes with EFBIG.</summary>
    public static Errno TryReadAll(int fd, out byte[] bytes, int limit = 16 << 20)
    {
        bytes = [];
        // Most files are small: their bytes are all that is allocated.
        Span<byte> buffer = stackalloc byte[4096];
        int length = 0;
        try
        {
            int read;
            while ((read = Sys.Read(fd, buffer[length..])) > 0)
            {
                length += read;
                if (length > limit)
                {
                    return Errno.EFBIG;
                }

                if (length == buffer.Length)
                {
                    byte[] larger = new byte[length * 4];
                    buffer.CopyTo(larger);
                    buffer = larger;
                }
            }
        }
        catch (SyscallException e)
        {
            return e.Errno;
        }

        bytes = buffer[..length].ToArray();
        return Errno.OK;
    }

    /// <summary>The text of the file, or null where it cannot be read.</summary>
    public static string? TryReadString(int dirfd, string path) =>
        TryRead(dirfd, path, out byte[] bytes) == Errno.OK ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>The bytes of the file; none where it is not there or may not be read.</summary>
    /// <exception cref="SyscallException">This process lacks descriptors or memory: nothing is known of the file.</exception>
    public static byte[] ReadIfThere(int dirfd, string path)
    {
        Errno errno = TryRead(dirfd, path, out byte[] bytes);
        return errno.IsShortage() ? throw new SyscallException($"read {path}", errno) : bytes;
    }

    /// <summary>Writes <paramref name="text"/> in one write(2) to an existing file, as procfs and cgroupfs want it.</summary>
    public static Errno TryWrite(int dirfd, string path, string text)
    {
        Errno errno = Sys.TryOpenAt(dirfd, path, O_WRONLY, 0, out Fd? opened);
        if (opened is null)
        {
            return errno;
        }

        using Fd fd = opened;
        return Sys.TryWrite(fd.Number, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>
    /// Makes or replaces a file as one step: whoever reads it sees the old content or the new, never a part.
    /// The directory is not synced: a state that a crash of the machine takes away is one whose processes are gone too.
    /// It may be somebody else's, who puts a FIFO or a link in the way: the file that is written is always a new one.
    /// </summary>
    /// <exception cref="SyscallException">It cannot be written; what was made on the way is gone.</exception>
    public static void Replace(int dirfd, string name, ReadOnlySpan<byte> bytes, int mode)
    {
        Errno errno;
        using (Fd fd = MakeNew(dirfd, name, mode, out string temporary))
        {
            errno = Sys.TryWrite(fd.Number, bytes);
            if (errno == Errno.OK)
            {
                errno = Sys.TryRenameAt2(dirfd, temporary, dirfd, name, 0);
                if (errno == Errno.OK)
                {
                    return;
                }
            }

            Sys.TryUnlinkAt(dirfd, temporary, 0);
        }

        throw new SyscallException($"replace({dirfd}, \"{name}\", {bytes.Length} bytes)", errno);
    }

    // The plain name first: what a killed process left of it costs the next one a call more, and no more than one is left.
    private static Fd MakeNew(int dirfd, string name, int mode, out string temporary)
    {
        const int Attempts = 16;
        temporary = name + ".new";
        Errno errno = Sys.TryOpenAt(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode, out Fd? fd);
        for (int attempt = 0; errno == Errno.EEXIST && attempt < Attempts; attempt++)
        {
            temporary = $"{name}.{RandomName.New()}.new";
            errno = Sys.TryOpenAt(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode, out fd);
        }

        return fd ?? throw new SyscallException($"openat({dirfd}, \"{temporary}\", O_CREAT | O_EXCL)", errno);
    }
}
