using System.Text;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups;

/// <summary>Reads and writes the interface files of a cgroup, by its directory.</summary>
internal static class CgroupFile
{
    /// <summary>Reads a file that fits into <paramref name="buffer"/>, in one read(2).</summary>
    public static Errno TryRead(int dirfd, string name, Span<byte> buffer, out int length)
    {
        length = 0;
        Errno errno = Sys.TryOpenAt(dirfd, name, O_RDONLY, 0, out Fd? opened);
        if (opened is null)
        {
            return errno;
        }

        using Fd fd = opened;
        try
        {
            length = Sys.Read(fd.Number, buffer);
            return Errno.OK;
        }
        catch (SyscallException e)
        {
            return e.Errno;
        }
    }

    /// <summary>Writes a value in one write(2).</summary>
    public static Errno TryWrite(int dirfd, string name, string value)
    {
        Errno errno = Sys.TryOpenAt(dirfd, name, O_WRONLY, 0, out Fd? opened);
        if (opened is null)
        {
            return errno;
        }

        using Fd fd = opened;
        if (value.Length <= 256)
        {
            Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(256)];
            return Sys.TryWrite(fd.Number, bytes[..Encoding.UTF8.GetBytes(value, bytes)]);
        }

        return Sys.TryWrite(fd.Number, Encoding.UTF8.GetBytes(value));
    }

    /// <summary>The file's text without its last newline, or null where it cannot be read.</summary>
    public static string? ReadText(int dirfd, string name) => FileText.TryReadString(dirfd, name)?.TrimEnd('\n');
}
