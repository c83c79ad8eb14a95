using System.Globalization;
using OciSpec;
using Runtime.Linux;
using Runtime.Linux.Files;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// The devices of a restored guest that do not lie in a filesystem of its own: what covers masked files, the null device of
/// its streams, and with a user namespace all of its /dev. SECURITY: the host's have an owner, a mode and times that a
/// guest could change for everybody; these are the guest's alone, on a tmpfs in the mount namespace of the restore, where
/// they cover the host's: in a user namespace criu may go where everybody may, and /proc must stay uncovered.
/// </summary>
internal sealed class GuestNodes : IDisposable
{
    private readonly PrivateDirectory _nodes;

    private GuestNodes(PrivateDirectory nodes) => _nodes = nodes;

    /// <summary>Whether a device, or a FIFO, lies at a path of the host: only that is covered.</summary>
    public static bool IsNode(string? path) =>
        path is not null && Sys.TryStatx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, out statx status) == Errno.OK
        && (status.stx_mode & S_IFMT) is S_IFCHR or S_IFBLK or S_IFIFO;

    /// <summary>Makes them, and covers the host's with them.</summary>
    /// <param name="config">The bundle's configuration.</param>
    /// <param name="place">A directory for them in the mount namespace of the restore.</param>
    /// <exception cref="ContainerException">One cannot be made.</exception>
    public static GuestNodes Make(RuntimeConfig config, string place)
    {
        var made = new GuestNodes(PrivateDirectory.Mount(place));
        PrivateDirectory nodes = made._nodes;
        bool mapped = NamespaceSet.Of(config).Makes(CLONE_NEWUSER);
        uint User(uint id) => mapped ? IdMappings.ToHost(config.Linux?.UidMappings, id) ?? id : id;
        uint Group(uint id) => mapped ? IdMappings.ToHost(config.Linux?.GidMappings, id) ?? id : id;
        foreach ((string name, uint major, uint minor) in DefaultDevices.All)
        {
            nodes.MakeNode(name, S_IFCHR | DefaultDevices.Mode, DeviceNumber.Encode(major, minor), User(0), Group(0));
            nodes.Cover("/dev/" + name, name);
        }

        for (int i = 0; i < config.Linux?.Devices?.Count; i++)
        {
            LinuxDevice device = config.Linux.Devices[i];
            int type = device.Type switch { "b" => S_IFBLK, "p" => S_IFIFO, _ => S_IFCHR };
            int mode = (int)(device.FileMode ?? DefaultDevices.Mode) & 0b111_111_111_111;
            string name = i.ToString(CultureInfo.InvariantCulture);
            nodes.MakeNode(
                name,
                type | mode,
                type == S_IFIFO ? 0 : DeviceNumber.Encode((uint)(device.Major ?? 0), (uint)(device.Minor ?? 0)),
                User(device.Uid ?? 0),
                Group(device.Gid ?? 0));
            if (IsNode(device.Path))
            {
                nodes.Cover(device.Path!, name);
            }
        }

        // By the name that a stream has which was opened from a guest's own.
        using PrivateDirectory dev = nodes.Make("dev");
        dev.MakeNode("null", S_IFCHR | DefaultDevices.Mode, DeviceNumber.Encode(1, 3), User(0), Group(0));
        return made;
    }

    /// <summary>Opens the null device for a stream, by a mount through which its owner and times cannot be changed. The caller owns it.</summary>
    /// <exception cref="ContainerException">It cannot be opened.</exception>
    public Fd OpenNull(int flags)
    {
        Errno errno = Sys.TryOpenTree(_nodes.Fd.Number, string.Empty, OPEN_TREE_CLONE | AT_EMPTY_PATH, out Fd? tree);
        using (tree)
        {
            if (tree is not null)
            {
                errno = Sys.TryMountSetattr(tree.Number, 0, new mount_attr { attr_set = MOUNT_ATTR_RDONLY });
                if (errno == Errno.OK)
                {
                    return Sys.OpenAt(tree.Number, "dev/null", flags | O_NOCTTY);
                }
            }
        }

        throw new ContainerException($"restore: open a null device of the container's own: {errno.Name()}");
    }

    /// <inheritdoc/>
    public void Dispose() => _nodes.Dispose();
}
