using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: criu opens files by the paths of the images with the host's rights. Whatever way one of them found, nothing that a
/// restored process has open, executes, maps or stands in lies on a mount that is not the guest's, but for the streams that
/// were handed on.
/// </summary>
internal sealed class RestoredFiles
{
    private const long SOCKFS_MAGIC = 0x534f434b, ANON_INODE_FS_MAGIC = 0x09041934, HUGETLBFS_MAGIC = 0x958458f6;

    private readonly HashSet<(uint, uint, ulong)> _handedOn = [];
    private readonly HashSet<int> _hosts = [];
    private readonly HashSet<ulong> _namespaces = [];

    /// <summary>In the mount namespace of the restore.</summary>
    /// <param name="handedOn">The descriptors that criu got for the guest.</param>
    public RestoredFiles(IEnumerable<int> handedOn)
    {
        foreach (int fd in (int[])[0, 1, 2, .. handedOn])
        {
            if (Sys.TryStatx(fd, string.Empty, AT_EMPTY_PATH, out statx status) == Errno.OK)
            {
                _handedOn.Add(Identity(status));
            }
        }

        foreach (string process in (string[])["thread-self", "1"])
        {
            MountEntry.Of(process).ForEach(m => _hosts.Add(m.Id));
            foreach (string kind in (string[])["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"])
            {
                if (Sys.TryStatx(AT_FDCWD, $"/proc/{process}/ns/{kind}", 0, out statx status) == Errno.OK)
                {
                    _namespaces.Add(status.stx_ino);
                }
            }
        }
    }

    /// <summary>Looks at one process.</summary>
    /// <exception cref="ContainerException">It has a file of the host's.</exception>
    public void Check(int pid)
    {
        HashSet<int> mounts = [.. MountEntry.Of($"{pid}").Select(static m => m.Id)];
        foreach (string directory in (string[])["fd", "map_files"])
        {
            if (Sys.TryOpenAt(AT_FDCWD, $"/proc/{pid}/{directory}", O_RDONLY | O_DIRECTORY, 0, out Fd? opened) != Errno.OK)
            {
                continue; // has ended
            }

            using Fd place = opened!;
            foreach ((string name, byte _) in DirectoryReader.ReadAll(place.Number))
            {
                Check(pid, $"{directory}/{name}", mounts);
            }
        }

        foreach (string place in (string[])["exe", "cwd", "root"])
        {
            Check(pid, place, mounts);
        }
    }

    private void Check(int pid, string name, HashSet<int> mounts)
    {
        string path = $"/proc/{pid}/{name}";
        if (Sys.TryOpenAt(AT_FDCWD, path, O_PATH, 0, out Fd? opened) != Errno.OK)
        {
            return; // closed, or ended
        }

        using Fd file = opened!;
        bool isKnown = Sys.TryStatx(file.Number, string.Empty, AT_EMPTY_PATH, out statx status) == Errno.OK
            && (mounts.Contains((int)status.stx_mnt_id) || _handedOn.Contains(Identity(status)) || IsWithoutMount(file, status));
        RestoredProcesses.Require(pid, isKnown, "/process", $"{name} is {Sys.TryReadLinkAt(AT_FDCWD, path)}, which is not on a mount of the guest's");
    }

    /// <summary>Files of the kernel's own mounts, which are in no namespace: pipes, sockets, memory; and namespaces that are not the host's.</summary>
    private bool IsWithoutMount(Fd file, statx status)
    {
        if (_hosts.Contains((int)status.stx_mnt_id) || Sys.TryFstatfs(file.Number, out statfs filesystem) != Errno.OK)
        {
            return false;
        }

        return filesystem.f_type is PIPEFS_MAGIC or SOCKFS_MAGIC or ANON_INODE_FS_MAGIC or TMPFS_MAGIC or HUGETLBFS_MAGIC
            || (filesystem.f_type == NSFS_MAGIC && !_namespaces.Contains(status.stx_ino));
    }

    private static (uint, uint, ulong) Identity(statx status) => (status.stx_dev_major, status.stx_dev_minor, status.stx_ino);
}
