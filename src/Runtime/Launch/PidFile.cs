using System.Globalization;
using System.Text;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Launch;

/// <summary>The file of `--pid-file`: a pid in decimal, written as one step.</summary>
internal static class PidFile
{
    /// <summary>Refuses, before anything is made, a place where the file cannot be, or must not take another's place.</summary>
    /// <exception cref="ContainerException">The directory is missing, or a device, a directory or a socket has the name.</exception>
    public static void Require(string? file)
    {
        if (file is not null)
        {
            using Fd parent = OpenParent(file, out string name);
            RefuseWhatIsNoFile(file, parent, name);
        }
    }

    /// <summary>Makes or replaces the file.</summary>
    /// <exception cref="ContainerException">It cannot be written; nothing of it is left.</exception>
    public static void Write(string file, int pid)
    {
        using Fd parent = OpenParent(file, out string name);
        RefuseWhatIsNoFile(file, parent, name);
        try
        {
            FileText.Replace(parent.Number, name, Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture)), 0b110_100_100);
        }
        catch (SyscallException e)
        {
            throw new ContainerException($"--pid-file {file}: {e.Errno.InWords()}: choose another place");
        }
    }

    private static Fd OpenParent(string file, out string name)
    {
        string path = Path.GetFullPath(file.Length > 0 ? file : throw new ContainerException("--pid-file: empty path"));
        string directory = Path.GetDirectoryName(path) ?? "/";
        name = Path.GetFileName(path);
        Errno errno = Sys.TryOpenAt(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY, 0, out Fd? parent);
        return parent ?? throw new ContainerException(
            $"--pid-file {file}: {errno.InWords()}: {(errno == Errno.ENOENT ? $"the directory {directory} does not exist: make it first" : $"the directory {directory} cannot be used")}");
    }

    // A FIFO or a link that another user put there must not keep the file from being written. A device is the host's: a
    // pid in the place of /dev/null, or of the link /dev/stdout, would be a regular file for everybody from then on.
    private static void RefuseWhatIsNoFile(string file, Fd parent, string name)
    {
        if (name.Length == 0)
        {
            throw new ContainerException($"--pid-file {file}: EISDIR: is a directory: name a file in it");
        }

        if (Sys.TryStatx(parent.Number, name, AT_SYMLINK_NOFOLLOW, out statx status) != Errno.OK)
        {
            return;
        }

        string? kind = (status.stx_mode & S_IFMT) switch
        {
            S_IFDIR => "a directory",
            S_IFCHR or S_IFBLK => "a device",
            S_IFSOCK => "a socket",
            S_IFLNK when Sys.TryReadLinkAt(parent.Number, name)?.StartsWith("/proc/", StringComparison.Ordinal) == true => "a link of the kernel's",
            S_IFLNK when Sys.TryStatx(parent.Number, name, 0, out statx target) == Errno.OK && (target.stx_mode & S_IFMT) is S_IFCHR or S_IFBLK => "a link to a device",
            _ => null,
        };
        if (kind is not null)
        {
            throw new ContainerException($"--pid-file {file}: it is {kind}, which the file would replace: name a file");
        }
    }
}
