using System.Globalization;
using OciSpec;
using Runtime.Linux;
using Runtime.Linux.Files;
using static Runtime.Linux.Abi;

namespace Runtime.Compose;

/// <summary>What <c>--device</c> and <c>--device-cgroup-rule</c> say, and which devices a privileged container has.</summary>
internal static class DeviceOption
{
    /// <summary>Rules of every container: none but those of its own nodes.</summary>
    public static List<LinuxDeviceCgroup> Rules(RunRequest request) => request.Privileged
        ? [new() { Allow = true, Access = "rwm" }]
        : [new() { Allow = false, Access = "rwm" }, .. request.DeviceRules.Select(Rule)];

    /// <summary><c>HOST[:CONTAINER[:PERMISSIONS]]</c>: a device, or a directory of devices.</summary>
    public static void Add(string text, List<LinuxDevice> devices, List<LinuxDeviceCgroup> rules)
    {
        string[] parts = text.Split(':');
        if (!parts[0].StartsWith('/') && parts[0].Contains('=', StringComparison.Ordinal))
        {
            throw new ContainerException($"--device {text}: CDI names are not supported: name the device nodes");
        }

        string access = parts.Length == 3 ? parts[2] : parts.Length == 2 && IsAccess(parts[1]) ? parts[1] : "rwm";
        string path = parts.Length == 1 || (parts.Length == 2 && IsAccess(parts[1])) ? parts[0] : parts[1];
        if (parts.Length > 3 || !IsAccess(access) || !path.StartsWith('/'))
        {
            throw new ContainerException($"--device {text}: it is HOST[:CONTAINER[:PERMISSIONS]], with permissions out of r, w, m");
        }

        int before = devices.Count;
        Collect(parts[0], path, devices, rules, access);
        if (devices.Count == before)
        {
            throw new ContainerException($"--device {text}: {(Path.Exists(parts[0]) ? "it is no device, and has none in it" : "the host has no such device")}");
        }
    }

    /// <summary>Every device of the host, for a privileged container.</summary>
    public static void AddAll(List<LinuxDevice> devices)
    {
        foreach (string name in Names("/dev").Where(n => n is not ("pts" or "shm" or "mqueue" or "fd" or "console" or "ptmx" or "null" or "zero" or "full" or "random" or "urandom" or "tty")))
        {
            Collect("/dev/" + name, "/dev/" + name, devices, [], "rwm");
        }
    }

    private static void Collect(string host, string path, List<LinuxDevice> devices, List<LinuxDeviceCgroup> rules, string access)
    {
        // docker follows a link that is named, as /dev/disk/by-id/…, and takes no further ones.
        if (Sys.TryStatx(AT_FDCWD, host, 0, out statx status) != Errno.OK)
        {
            return;
        }

        switch (status.stx_mode & S_IFMT)
        {
            case S_IFDIR:
                foreach (string name in Names(host))
                {
                    string inner = $"{host}/{name}";
                    if (Sys.TryStatx(AT_FDCWD, inner, AT_SYMLINK_NOFOLLOW, out statx found) == Errno.OK && (found.stx_mode & S_IFMT) != S_IFLNK)
                    {
                        Collect(inner, $"{path}/{name}", devices, rules, access);
                    }
                }

                break;
            case S_IFCHR or S_IFBLK:
                string type = (status.stx_mode & S_IFMT) == S_IFCHR ? "c" : "b";
                devices.Add(new LinuxDevice
                {
                    Type = type,
                    Path = path,
                    Major = status.stx_rdev_major,
                    Minor = status.stx_rdev_minor,
                    FileMode = (uint)(status.stx_mode & 0b110_110_110),
                    Uid = status.stx_uid,
                    Gid = status.stx_gid,
                });
                rules.Add(new LinuxDeviceCgroup { Allow = true, Type = type, Major = status.stx_rdev_major, Minor = status.stx_rdev_minor, Access = access });
                break;
        }
    }

    // As the kernel's documentation of device cgroups has it: "c 1:3 rwm", with * for any number.
    private static LinuxDeviceCgroup Rule(string text)
    {
        string[] parts = text.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries);
        return parts is [("a" or "b" or "c") and var type, var major, var minor, var access] && IsAccess(access) && TryNumber(major, out long? first) && TryNumber(minor, out long? second)
            ? new LinuxDeviceCgroup { Allow = true, Type = type, Major = first, Minor = second, Access = access }
            : throw new ContainerException($"--device-cgroup-rule {text}: it is \"TYPE MAJOR:MINOR ACCESS\", as \"c 42:* rmw\"");
    }

    private static bool TryNumber(string text, out long? number)
    {
        number = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;
        return number is not null || text == "*";
    }

    private static bool IsAccess(string text) => text.Length is > 0 and <= 3 && text.All("rwm".Contains);

    private static IEnumerable<string> Names(string directory)
    {
        if (Sys.TryOpenAt(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY, 0, out Fd? opened) != Errno.OK)
        {
            return [];
        }

        using Fd fd = opened!;
        return DirectoryReader.TryReadAll(fd.Number, out List<DirectoryEntry> entries) == Errno.OK ? [.. entries.Select(e => e.Name).Order(StringComparer.Ordinal)] : [];
    }
}
