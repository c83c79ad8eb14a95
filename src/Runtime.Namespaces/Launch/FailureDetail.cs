using System.Globalization;
using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>
/// The way out of a failure that <see cref="Hints"/>, which know the errno alone, would word wrongly or not at all: it is
/// looked for in the configuration and in the root filesystem, and only once a launch has failed.
/// </summary>
internal static class FailureDetail
{
    private const string Mounts = "/mounts/";

    /// <summary>The way out, or null where nothing more is known.</summary>
    /// <param name="inputs">What was launched.</param>
    /// <param name="origin">Where the failed operation comes from.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="errno">Its errno.</param>
    public static string? Of(LaunchInputs inputs, Origin origin, Operation operation, Errno errno)
    {
        RuntimeConfig config = inputs.Resolved.Config;
        string root = inputs.Resolved.RootPath;
        bool isCall = operation.Code == OperationCode.Syscall;
        if (origin.Pointer == "/process/args/0")
        {
            return CommandFailure.Hint(inputs.Resolved, root, errno, isCall && operation.Number == SyscallNumber.execve);
        }

        if (origin.Pointer.StartsWith(Mounts, StringComparison.Ordinal))
        {
            return OfMount(inputs.Resolved, origin.Pointer, errno);
        }

        const string Devices = "/linux/devices/";
        if (errno == Errno.ENOTDIR && origin.Pointer.StartsWith(Devices, StringComparison.Ordinal))
        {
            return ThroughDevice(config, origin.Pointer.AsSpan(Devices.Length));
        }

        const string HostDevice = "open the host's ";
        if (origin.Tried.StartsWith(HostDevice, StringComparison.Ordinal) && errno is Errno.EEXIST or Errno.ENOENT)
        {
            string device = origin.Tried[HostDevice.Length..];
            return $"the host's {device} {(errno == Errno.ENOENT ? "is missing" : "is not the device that it should be")}: the container is given the host's: mend it there (mknod), nothing is wrong with the root filesystem";
        }

        return (origin.Pointer, errno) switch
        {
            ("/root/path", Errno.ENOENT) when config.Root?.Path is { } path && (path.StartsWith('~') || path.Contains('$', StringComparison.Ordinal)) =>
                "the root filesystem does not exist: ~ and variables are a shell's: write the whole path",
            ("/root/path", Errno.EINVAL or Errno.ENOTDIR) when !Directory.Exists(root) => $"{root} is no directory: root.path must name one",
            ("/process/cwd", Errno.ENOTDIR) when config.Process?.Cwd is string cwd => NotDirectory(root, cwd, mayBeLast: true),
            ("/process/user/additionalGids", Errno.EPERM) when inputs.Resolved.Namespaces.Lists(CLONE_NEWUSER) =>
                "operation not permitted: a user namespace whose only group is one's own denies setgroups (user_namespaces(7)): take additionalGids out, or map a range of /etc/subgid",
            ("/linux/uidMappings", Errno.EINVAL) when isCall && (operation.Number == SyscallNumber.setresuid || operation.Number == SyscallNumber.setresgid) =>
                "no range maps id 0: a container is set up by root of its user namespace: map 0 for users and groups too",
            _ => null,
        };
    }

    private static string? OfMount(ResolvedConfig config, string pointer, Errno errno)
    {
        ReadOnlySpan<char> rest = pointer.AsSpan(Mounts.Length);
        int slash = rest.IndexOf('/');
        if (!int.TryParse(slash < 0 ? rest : rest[..slash], NumberStyles.None, CultureInfo.InvariantCulture, out int index) || index >= config.Mounts.Count)
        {
            return null;
        }

        ResolvedMount resolved = config.Mounts[index];
        Mount mount = resolved.Mount;
        ReadOnlySpan<char> part = slash < 0 ? [] : rest[slash..];
        if (part is "/destination")
        {
            return errno == Errno.ENOTDIR && mount.Destination is string path ? NotDirectory(config.RootPath, path, mayBeLast: true)
                : errno == Errno.ELOOP && mount.Type is not ("proc" or "sysfs") ? "too many levels of symbolic links: the links lead in a circle"
                : null;
        }

        if (part is "/source")
        {
            return errno == Errno.ENOENT && mount.Source is string source && (source.StartsWith('~') || source.Contains('$', StringComparison.Ordinal))
                ? "the source does not exist on the host: ~ and variables are a shell's: write the whole path" : null;
        }

        if (part.StartsWith("/options/"))
        {
            return errno == Errno.EINVAL ? OfOption(config, mount, part["/options/".Length..])
                : errno == Errno.ENOENT ? "no such file or directory: a path that the option names does not exist on the host"
                : null;
        }

        return (mount.Type, errno) switch
        {
            (null or "", Errno.ENODEV) => "the mount has no type: name a filesystem such as tmpfs, or bind a path with the option bind",
            ("mqueue", Errno.EPERM) => "mqueue can be mounted only with an ipc namespace of the guest's own, made together with its user namespace",
            (_, Errno.ENOENT) when mount.Source is { Length: > 0 } source && !File.Exists(source) => $"no such file or directory: the source {source} does not exist on the host",
            (_, Errno.EINVAL) when resolved.Source is string source => OfBind(resolved, source, config.RootPath),
            (_, Errno.EINVAL) when string.IsNullOrEmpty(mount.Source) => "the filesystem refuses one of its options, or needs a source, and the mount has none",
            _ => null,
        };
    }

    private static string? OfBind(ResolvedMount mount, string source, string root)
    {
        using Fd? top = RootView.Open(root);
        using Fd? target = top is null ? null : RootView.Reach(top, mount.Target);
        return target is not null && RootView.IsDirectory(target) && File.Exists(source)
            ? $"{source} is a file and {mount.Mount.Destination} in the root filesystem a directory: bind a file onto a file"
            : null;
    }

    private static string? OfOption(ResolvedConfig config, Mount mount, ReadOnlySpan<char> number)
    {
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index) || !(index < mount.Options?.Count))
        {
            return null;
        }

        string option = mount.Options[index];
        GuestIds ids = GuestIds.Of(config);
        if (!RefusedOption.IsUnmapped(ids, option, out bool isGroup, out uint id))
        {
            return RefusedOption.IsSlip(option) && option.Contains(',', StringComparison.Ordinal) ? "each option is an element of options of its own"
                : RefusedOption.Near(option) is string near ? $"{mount.Type} does not know this option: did you mean {near}?"
                : mount.Type == "tmpfs" ? OfTmpfs(option)
                : $"{mount.Type} does not know this option, or refuses its value";
        }

        return $"{(isGroup ? "group" : "user")} {id} is not mapped into {ids.Words}: {(ids.IsMade ? $"map it in /linux/{(isGroup ? "gidMappings" : "uidMappings")}, or " : string.Empty)}take the option out";
    }

    // tmpfs(5), and Documentation/filesystems/tmpfs.rst for those that came later.
    private static string OfTmpfs(string option)
    {
        string[] known = ["size", "nr_blocks", "nr_inodes", "mode", "uid", "gid", "huge", "mpol", "inode32", "inode64", "noswap", "quota", "usrquota", "grpquota", "casefold", "strict_encoding"];
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? option : option[..equals];
        return Array.IndexOf(known, name) < 0
            ? $"tmpfs does not know this option{(NearestName.Find(name, known, NearestName.Slip(name)) is { } near ? $": did you mean {near}?" : string.Empty)}"
            : name is "size" or "nr_blocks" or "nr_inodes" ? $"tmpfs refuses this value: a number, which k, m or g may follow{(name == "size" ? ", or a percentage of the memory such as 50%" : string.Empty)}"
            : "tmpfs refuses this value";
    }

    /// <summary>The device that a path goes through as if it were a directory; null where it does not.</summary>
    private static string? ThroughDevice(RuntimeConfig config, ReadOnlySpan<char> number)
    {
        string? path = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < config.Linux?.Devices?.Count ? config.Linux.Devices[index].Path : null;
        foreach (string device in (ReadOnlySpan<string>)["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/console", "/dev/ptmx", .. config.Linux?.Devices?.ConvertAll(d => d.Path ?? string.Empty) ?? []])
        {
            if (device.Length > 0 && path?.StartsWith(device + "/", StringComparison.Ordinal) == true)
            {
                return $"not a directory: {device} is in the way: it is a device";
            }
        }

        return null;
    }

    /// <summary>Names the part of a path that is no directory; null where none is found.</summary>
    private static string? NotDirectory(string root, string path, bool mayBeLast)
    {
        using Fd? top = RootView.Open(root);
        string[] parts = GuestPath.Parts(path);
        for (int i = 1; top is not null && i <= (mayBeLast ? parts.Length : parts.Length - 1); i++)
        {
            string part = "/" + string.Join('/', parts, 0, i);
            using Fd? place = RootView.Reach(top, part);
            if (place is null)
            {
                return null;
            }

            if (!RootView.IsDirectory(place))
            {
                return $"not a directory: {part} in the root filesystem is in the way: it is {RootView.Kind(place)}, and a directory belongs there";
            }
        }

        return null;
    }
}
