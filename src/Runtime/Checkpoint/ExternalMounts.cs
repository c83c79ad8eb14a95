using System.Globalization;
using System.Text;
using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>A mount of the host's that a guest has.</summary>
/// <param name="Key">What stands for it in images.</param>
/// <param name="Source">What of the host it shows: an absolute path.</param>
/// <param name="ReadOnly">Whether the guest may only read it.</param>
internal sealed record ExternalMount(string Key, string Source, bool ReadOnly);

/// <summary>
/// The mounts of a guest that show something of the host: criu cannot make them, it must be told what they are. In the
/// images they bear keys that say nothing (<c>cctl-mount-af63dc4c8601ec8c</c>, a hash of the destination); what a key
/// stands for is said by the configuration of the bundle that is restored, never by the images. SECURITY: images may come
/// from anybody; with a path as the key they would choose what of the host the guest sees.
/// </summary>
internal static class ExternalMounts
{
    /// <summary>Every key that the configuration allows, with what of the host it stands for.</summary>
    public static List<ExternalMount> Of(RuntimeConfig config, string bundle)
    {
        var keys = new List<ExternalMount>();
        List<MountEntry> host = MountEntry.Of("thread-self");
        foreach (Mount mount in config.Mounts ?? [])
        {
            if (SourceOf(mount, bundle) is not string source)
            {
                continue;
            }

            MountOptions options = MountOptions.Parse(mount);
            bool belowReadOnly = (options.RecursiveSet & MOUNT_ATTR_RDONLY) != 0;
            keys.Add(new ExternalMount(Key(mount, string.Empty), source, belowReadOnly || (options.Set & MOUNT_ATTR_RDONLY) != 0));
            foreach (string below in Below(mount, source, host))
            {
                keys.Add(new ExternalMount(Key(mount, below), source + below, belowReadOnly));
            }
        }

        // Not the host's own: nodes that are made for the restored guest cover them (GuestNodes).
        foreach (LinuxDevice device in config.Linux?.Devices ?? [])
        {
            if (GuestNodes.IsNode(device.Path))
            {
                keys.Add(new ExternalMount("cctl-node-" + Hash(device.Path!), device.Path!, ReadOnly: false));
            }
        }

        foreach ((string name, uint _, uint _) in DefaultDevices.All)
        {
            keys.Add(new ExternalMount("cctl-device-" + name, "/dev/" + name, ReadOnly: false));
        }

        return keys;
    }

    /// <summary>The mounts of a running guest that come from the host: where they are in it, and their keys.</summary>
    public static List<(string Point, string Key)> Find(RuntimeConfig config, string bundle, int pid)
    {
        List<MountEntry> guest = MountEntry.Of(Text(pid));
        List<MountEntry> host = MountEntry.Of("self");
        var found = new Dictionary<int, string>();
        using Fd root = Sys.OpenAt(AT_FDCWD, $"/proc/{pid}/root", O_PATH | O_DIRECTORY);
        foreach (Mount mount in config.Mounts ?? [])
        {
            if (SourceOf(mount, bundle) is string source && At(root, mount.Destination, guest) is { } there)
            {
                found[there.Id] = Key(mount, string.Empty);
                AddBelow(found, guest, there, mount, Below(mount, source, host));
            }
        }

        foreach (LinuxDevice device in config.Linux?.Devices ?? [])
        {
            if (At(root, device.Path, guest) is { Root: not "/" } there)
            {
                found.TryAdd(there.Id, "cctl-node-" + Hash(device.Path!));
            }
        }

        AddDevices(found, root, guest);
        var points = new List<(string, string)>();
        foreach (MountEntry mount in guest)
        {
            if (found.TryGetValue(mount.Id, out string? key))
            {
                points.Add((mount.Point, key));
            }
        }

        return points;
    }

    /// <summary>The source of a bind mount, absolute; null for any other.</summary>
    private static string? SourceOf(Mount mount, string bundle) =>
        mount.Source is { Length: > 0 } ? ResolvedMount.SourceOf(mount, MountOptions.Parse(mount), bundle) : null;

    /// <summary>What is mounted below a source that is bound with all below it: paths relative to the source, sorted.</summary>
    private static List<string> Below(Mount mount, string source, List<MountEntry> host)
    {
        var below = new List<string>();
        if (MountOptions.Parse(mount).Recursive)
        {
            string prefix = source == "/" ? "/" : source + "/";
            foreach (MountEntry entry in host)
            {
                if (entry.Point.Length > prefix.Length && entry.Point.StartsWith(prefix, StringComparison.Ordinal))
                {
                    below.Add(entry.Point[(prefix.Length - 1)..]);
                }
            }
        }

        below.Sort(string.CompareOrdinal);
        return below;
    }

    // What covers masked files, and the devices of a guest in a user namespace: told by what they are, wherever they come from.
    private static void AddDevices(Dictionary<int, string> found, Fd root, List<MountEntry> guest)
    {
        foreach (MountEntry mount in guest)
        {
            if (mount.Root != "/" && DeviceName(root, mount) is string name)
            {
                found.TryAdd(mount.Id, "cctl-device-" + name);
            }
        }
    }

    private static string? DeviceName(Fd root, MountEntry mount)
    {
        if (Sys.TryOpenAt2(root.Number, mount.Point, O_PATH, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, out Fd? opened) != Errno.OK)
        {
            return null;
        }

        using Fd place = opened!;
        if (Sys.TryStatx(place.Number, string.Empty, AT_EMPTY_PATH, out statx status) != Errno.OK
            || (int)status.stx_mnt_id != mount.Id || (status.stx_mode & S_IFMT) != S_IFCHR)
        {
            return null;
        }

        return DefaultDevices.Find(status.stx_rdev_major, status.stx_rdev_minor);
    }

    private static void AddBelow(Dictionary<int, string> found, List<MountEntry> guest, MountEntry top, Mount mount, List<string> below)
    {
        string prefix = top.Point == "/" ? string.Empty : top.Point;
        foreach (string path in below)
        {
            if (guest.FindLast(m => m.Point == prefix + path) is { } there)
            {
                found.TryAdd(there.Id, Key(mount, path));
            }
        }
    }

    /// <summary>The mount whose root is at a path of the guest; null where nothing is mounted just there.</summary>
    private static MountEntry? At(Fd root, string? unsafePath, List<MountEntry> guest)
    {
        if (unsafePath is null || Sys.TryOpenAt2(root.Number, unsafePath, O_PATH, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, out Fd? opened) != Errno.OK)
        {
            return null;
        }

        using Fd place = opened!;
        return Sys.TryStatx(place.Number, string.Empty, AT_EMPTY_PATH, out statx status) == Errno.OK
            ? guest.Find(m => m.Id == (int)status.stx_mnt_id && m.Point != "/")
            : null;
    }

    private static string Key(Mount mount, string below) => "cctl-mount-" + Hash(mount.Destination + below);

    // FNV-1a, 64 bits: to say nothing, not to keep a secret.
    private static string Hash(string text)
    {
        ulong hash = 0xcbf29ce484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ b) * 0x100000001b3;
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
