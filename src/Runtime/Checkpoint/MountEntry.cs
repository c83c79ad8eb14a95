using System.Text;
using Runtime.Linux;
using Runtime.Linux.Files;

namespace Runtime.Checkpoint;

/// <summary>A line of /proc/PID/mountinfo, proc_pid_mountinfo(5).</summary>
/// <param name="Id">The mount's number.</param>
/// <param name="Parent">The number of the mount that it is attached to.</param>
/// <param name="Device">Device of the filesystem, <c>major:minor</c>.</param>
/// <param name="Root">What of the filesystem is mounted.</param>
/// <param name="Point">Where it is mounted, below the reader's root.</param>
/// <param name="Options">Options of the mount itself, with commas.</param>
/// <param name="Type">The filesystem's type.</param>
/// <param name="AllFilesystemOptions">Options of the filesystem, which all mounts of it share.</param>
internal sealed record MountEntry(int Id, int Parent, string Device, string Root, string Point, string Options, string Type, string AllFilesystemOptions)
{
    /// <summary>Whether the mount is read-only.</summary>
    public bool IsReadOnly => Options == "ro" || Options.StartsWith("ro,", StringComparison.Ordinal);

    /// <summary>Options of the filesystem but for being writable: those that only its type has.</summary>
    public string FilesystemOptions => string.Join(',', AllFilesystemOptions.Split(',').Where(static o => o is not ("rw" or "ro")));

    /// <summary>The mounts of a process's mount namespace, in the kernel's order.</summary>
    /// <param name="process">A pid, <c>self</c> or <c>thread-self</c>.</param>
    /// <exception cref="ContainerException">They cannot be read.</exception>
    public static List<MountEntry> Of(string process)
    {
        Errno errno = FileText.TryRead(Abi.AT_FDCWD, $"/proc/{process}/mountinfo", out byte[] bytes);
        if (errno != Errno.OK)
        {
            throw new ContainerException($"read /proc/{process}/mountinfo: {errno.Name()}");
        }

        var entries = new List<MountEntry>();
        var reader = new MountInfoReader(bytes);
        while (reader.MoveNext())
        {
            entries.Add(new MountEntry(
                reader.Id,
                reader.Parent,
                Encoding.UTF8.GetString(reader.Device),
                MountInfoReader.Unescape(reader.Root),
                MountInfoReader.Unescape(reader.MountPoint),
                Encoding.UTF8.GetString(reader.Options),
                Encoding.UTF8.GetString(reader.FsType),
                Encoding.UTF8.GetString(reader.SuperOptions)));
        }

        return entries;
    }
}
