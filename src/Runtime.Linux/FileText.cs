using System.Text;
using static Runtime.Linux.Abi;

namespace Runtime.Linux;

/// <summary>Reads and writes small files whole: those of procfs, cgroupfs and the state folder.</summary>
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
    /// The folder is not synced: a state that a crash of the machine takes away is one whose processes are gone too.
    /// </summary>
    public static void Replace(int dirfd, string name, ReadOnlySpan<byte> bytes, int mode)
    {
        string temporary = name + ".new";
        using (Fd fd = Sys.OpenAt(dirfd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode))
        {
            Sys.Write(fd.Number, bytes);
        }

        Errno errno = Sys.TryRenameAt2(dirfd, temporary, dirfd, name, 0);
        if (errno != Errno.OK)
        {
            throw new SyscallException($"renameat2({dirfd}, \"{temporary}\", \"{name}\")", errno);
        }
    }
}
