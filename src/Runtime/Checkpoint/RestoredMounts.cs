using System.Globalization;
using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: the mounts of a restored guest, compared with what its configuration shows of the host. Of the host's
/// filesystems only the root, the sources of bind mounts and devices may be there, and read-only where that is asked for;
/// every other mount must be of a kind that the kernel makes anew for a guest.
/// </summary>
internal sealed class RestoredMounts
{
    private static readonly string[] s_fresh = ["tmpfs", "ramfs", "proc", "sysfs", "devpts", "mqueue", "cgroup2", "cgroup", "binfmt_misc"];

    private readonly List<MountEntry> _host = MountEntry.Of("thread-self");
    private readonly List<(string Device, string Root, bool ReadOnly)> _allowed = [];
    private readonly HashSet<string> _shared = [];
    private readonly string? _cgroup;

    /// <summary>Compares with this configuration.</summary>
    /// <param name="config">The bundle's.</param>
    /// <param name="bundle">The bundle's directory.</param>
    /// <param name="rootfs">The root filesystem's directory.</param>
    /// <param name="cgroup">The container's cgroup below the cgroup mount, beginning with a slash; null where it has none.</param>
    public RestoredMounts(RuntimeConfig config, string bundle, string rootfs, string? cgroup)
    {
        _cgroup = Has(config, "cgroup") ? cgroup : null;
        Allow(rootfs, config.Root?.Readonly == true);
        foreach (ExternalMount mount in ExternalMounts.Of(config, bundle))
        {
            Allow(mount.Source, mount.ReadOnly);
        }

        // A namespace that is the host's own has the host's filesystem of that kind.
        AddShared(config, "pid", "proc");
        AddShared(config, "network", "sysfs");
        AddShared(config, "ipc", "mqueue");
    }

    /// <summary>Looks at the mounts that a process sees.</summary>
    /// <exception cref="ContainerException">One of them shows what the configuration does not.</exception>
    public void Check(int pid)
    {
        foreach (MountEntry mount in MountEntry.Of(pid.ToString(CultureInfo.InvariantCulture)))
        {
            if (Reason(mount) is string why)
            {
                throw RestoredProcesses.Refused(pid, "/mounts", $"{Printable(mount.Point)} {why}");
            }
        }
    }

    private string? Reason(MountEntry mount)
    {
        bool known = false;
        foreach ((string device, string root, bool readOnly) in _allowed)
        {
            if (device == mount.Device && IsAtOrBelow(mount.Root, root))
            {
                if (!readOnly || mount.IsReadOnly)
                {
                    return null;
                }

                known = true;
            }
        }

        if (known)
        {
            return "can be written to";
        }

        if (Array.IndexOf(s_fresh, mount.Type) < 0)
        {
            return $"shows a filesystem ({mount.Type}) that it does not name";
        }

        if (mount.Type is "cgroup2" or "cgroup")
        {
            return _cgroup is null || IsAtOrBelow(mount.Root, _cgroup) || mount.IsReadOnly ? null : "shows cgroups of others";
        }

        return _shared.Contains(mount.Type) || !_host.Exists(m => m.Device == mount.Device) ? null : "shows a filesystem of the host that it does not name";
    }

    /// <summary>Allows what a path of the host shows: its filesystem from that directory or file down.</summary>
    private void Allow(string path, bool readOnly)
    {
        if (Sys.TryOpenAt(AT_FDCWD, path, O_PATH, 0, out Fd? opened) != Errno.OK)
        {
            return;
        }

        using Fd fd = opened!;
        if (Sys.TryStatx(fd.Number, string.Empty, AT_EMPTY_PATH, out statx status) == Errno.OK
            && _host.Find(m => m.Id == (int)status.stx_mnt_id) is { } mount
            && Sys.TryReadLinkAt(AT_FDCWD, $"/proc/self/fd/{fd.Number}") is string real && IsAtOrBelow(real, mount.Point))
        {
            string below = mount.Point == "/" ? real : real[mount.Point.Length..];
            string root = mount.Root == "/" ? below : mount.Root + below;
            _allowed.Add((mount.Device, root.Length == 0 ? "/" : root, readOnly));
        }
    }

    private void AddShared(RuntimeConfig config, string type, string filesystem)
    {
        if (!Has(config, type))
        {
            _shared.Add(filesystem);
        }
    }

    private static bool Has(RuntimeConfig config, string type) => NamespaceSet.Of(config).Lists(NamespaceSet.Flag(type));

    private static bool IsAtOrBelow(string path, string directory) =>
        path == directory || directory == "/" || (path.StartsWith(directory, StringComparison.Ordinal) && path[directory.Length] == '/');

    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
