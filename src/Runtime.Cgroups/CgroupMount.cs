using System.Text;
using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups;

/// <summary>
/// The mount of the cgroup v2 hierarchy: /sys/fs/cgroup on a unified host, /sys/fs/cgroup/unified on a hybrid one,
/// else whatever /proc/self/mountinfo says. See cgroups(7).
/// </summary>
public sealed class CgroupMount : IDisposable
{
    private static readonly string[] UsualPlaces = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

    private byte[]? _mountinfo;

    private CgroupMount(string path, Fd directory)
    {
        Path = path;
        Directory = directory;
    }

    /// <summary>The mount point, absolute.</summary>
    public string Path { get; }

    /// <summary>The mount point, opened with O_PATH. Owned by this object.</summary>
    public Fd Directory { get; }

    /// <summary>
    /// Finds the mount; null where the host has none. The usual places are tried first: that the directory is of the
    /// type cgroup2 is all there is to know, and costs two calls where reading mountinfo costs a dozen.
    /// </summary>
    /// <exception cref="SyscallException">This process lacks descriptors or memory: nothing is known of the mount.</exception>
    public static CgroupMount? Find()
    {
        foreach (string place in UsualPlaces)
        {
            if (TryOpen(place) is { } mount)
            {
                return mount;
            }
        }

        byte[] mountinfo = FileText.ReadIfThere(AT_FDCWD, "/proc/self/mountinfo");
        if (PathIn(mountinfo) is not { } path)
        {
            return null;
        }

        CgroupMount? found = TryOpen(path);
        found?._mountinfo = mountinfo;
        return found;
    }

    /// <summary>Takes a directory for the mount without asking for its type: a subtree, or a test's directory.</summary>
    /// <exception cref="SyscallException">It cannot be opened.</exception>
    public static CgroupMount At(string path) => new(path, Sys.OpenAt(AT_FDCWD, path, O_PATH | O_DIRECTORY));

    /// <summary>The mount point of the first cgroup2 mount in the text of a mountinfo file, or null.</summary>
    public static string? PathIn(ReadOnlySpan<byte> mountinfo)
    {
        var reader = new MountInfoReader(mountinfo);
        while (reader.MoveNext())
        {
            if (reader.FsType.SequenceEqual("cgroup2"u8))
            {
                return MountInfoReader.Unescape(reader.MountPoint);
            }
        }

        return null;
    }

    /// <summary>The directory within the hierarchy that is mounted here: <c>/</c> but for bind mounts of a part of it.</summary>
    public static string RootIn(ReadOnlySpan<byte> mountinfo, string mountPoint)
    {
        string root = "/";
        var reader = new MountInfoReader(mountinfo);
        while (reader.MoveNext())
        {
            if (reader.FsType.SequenceEqual("cgroup2"u8) && MountInfoReader.Unescape(reader.MountPoint) == mountPoint)
            {
                root = MountInfoReader.Unescape(reader.Root); // The last mount on the place is the one that is seen.
            }
        }

        return root;
    }

    /// <summary>The cgroup v1 mounts in the text of a mountinfo file.</summary>
    public static List<V1Binding> V1BindingsIn(ReadOnlySpan<byte> mountinfo)
    {
        var bindings = new List<V1Binding>();
        var reader = new MountInfoReader(mountinfo);
        while (reader.MoveNext())
        {
            if (reader.FsType.SequenceEqual("cgroup"u8))
            {
                bindings.Add(new V1Binding(MountInfoReader.Unescape(reader.MountPoint), Encoding.UTF8.GetString(reader.SuperOptions)));
            }
        }

        return bindings;
    }

    /// <summary>The caller's cgroup v2 path in the text of a /proc/PID/cgroup file, or null.</summary>
    public static string? OwnCgroupIn(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (line.StartsWith("0::"u8))
            {
                string path = FileName.Of(line[3..]);
                const string Deleted = " (deleted)";
                return path.EndsWith(Deleted, StringComparison.Ordinal) ? path[..^Deleted.Length] : path;
            }
        }

        return null;
    }

    /// <summary>The cgroup v1 mounts of this mount namespace.</summary>
    public List<V1Binding> V1Bindings() => V1BindingsIn(MountInfo());

    /// <summary>
    /// The caller's own cgroup as a path relative to this mount, empty for the mount itself;
    /// null where it lies outside of what is mounted.
    /// </summary>
    public string? OwnCgroup() => CgroupOf("/proc/self/cgroup");

    /// <summary>As <see cref="OwnCgroup"/>, of another process; null too where there is no such process.</summary>
    public string? CgroupOf(int pid) => CgroupOf(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup"));

    /// <summary>Closes the directory.</summary>
    public void Dispose() => Directory.Dispose();

    internal static string? Below(string own, string root)
    {
        if (own.StartsWith("/..", StringComparison.Ordinal))
        {
            return null; // Outside the cgroup namespace's root, cgroup_namespaces(7).
        }

        if (root == "/")
        {
            return own.TrimStart('/');
        }

        bool inside = own.StartsWith(root, StringComparison.Ordinal) && (own.Length == root.Length || own[root.Length] == '/');
        return inside ? own[root.Length..].TrimStart('/') : null;
    }

    private static CgroupMount? TryOpen(string path)
    {
        Errno errno = Sys.TryOpenAt(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, out Fd? directory);
        if (directory is null)
        {
            return errno.IsShortage() ? throw new SyscallException($"openat(\"{path}\", O_PATH)", errno) : null;
        }

        if (Sys.TryFstatfs(directory.Number, out statfs status) == Errno.OK && status.f_type == CGROUP2_SUPER_MAGIC)
        {
            return new CgroupMount(path, directory);
        }

        directory.Dispose();
        return null;
    }

    private string? CgroupOf(string file) =>
        OwnCgroupIn(FileText.ReadIfThere(AT_FDCWD, file)) is { } path
            ? Below(path, RootIn(MountInfo(), Path))
            : null;

    private byte[] MountInfo() => _mountinfo ??= FileText.ReadIfThere(AT_FDCWD, "/proc/self/mountinfo");
}
