using System.Globalization;
using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Builder;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// The mounts of a guest that show something of the host: criu cannot make them, it must be told what they are. In the
/// images they bear keys without meaning, the place in the configuration (<c>cctl-mount-3</c>); what a key stands for is
/// said by the configuration of the bundle that is restored, never by the images. SECURITY: images may come from anybody;
/// with a path as the key they would choose what of the host the guest sees.
/// </summary>
internal static class ExternalMounts
{
    private static readonly string[] s_devices = ["null", "zero", "full", "random", "urandom", "tty"];

    /// <summary>Every key that the configuration allows, with what of the host it stands for.</summary>
    public static List<(string Key, string Source)> Of(RuntimeConfig config, string bundle)
    {
        var keys = new List<(string, string)>();
        List<MountEntry> host = MountEntry.Of("self");
        for (int i = 0; i < config.Mounts?.Count; i++)
        {
            if (SourceOf(config.Mounts[i], bundle) is not string source)
            {
                continue;
            }

            keys.Add((Key(i), source));
            List<string> below = Below(config.Mounts[i], source, host);
            for (int k = 0; k < below.Count; k++)
            {
                keys.Add(($"{Key(i)}.{Text(k)}", source + below[k]));
            }
        }

        for (int i = 0; i < config.Linux?.Devices?.Count; i++)
        {
            keys.Add(($"cctl-node-{Text(i)}", config.Linux.Devices[i].Path ?? "/dev/null"));
        }

        foreach (string name in s_devices)
        {
            keys.Add(("cctl-device-" + name, "/dev/" + name));
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
        for (int i = 0; i < config.Mounts?.Count; i++)
        {
            if (SourceOf(config.Mounts[i], bundle) is string source && At(root, config.Mounts[i].Destination, guest) is { } mount)
            {
                found[mount.Id] = Key(i);
                AddBelow(found, guest, mount, Key(i), Below(config.Mounts[i], source, host));
            }
        }

        for (int i = 0; i < config.Linux?.Devices?.Count; i++)
        {
            if (At(root, config.Linux.Devices[i].Path, guest) is { Root: not "/" } mount)
            {
                found.TryAdd(mount.Id, $"cctl-node-{Text(i)}");
            }
        }

        AddDevices(found, guest, host);
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
        mount.Source is { Length: > 0 } source && MountOptions.Parse(mount).Bind ? System.IO.Path.GetFullPath(source, bundle) : null;

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

    // What covers masked files, and the devices of a guest that may not make nodes.
    private static void AddDevices(Dictionary<int, string> found, List<MountEntry> guest, List<MountEntry> host)
    {
        string? device = host.Find(m => m.Point == "/dev")?.Device;
        foreach (MountEntry mount in guest)
        {
            if (mount.Device == device && Array.IndexOf(s_devices, mount.Root.TrimStart('/')) >= 0)
            {
                found.TryAdd(mount.Id, "cctl-device-" + mount.Root.TrimStart('/'));
            }
        }
    }

    private static void AddBelow(Dictionary<int, string> found, List<MountEntry> guest, MountEntry top, string key, List<string> below)
    {
        string prefix = top.Point == "/" ? string.Empty : top.Point;
        for (int k = 0; k < below.Count; k++)
        {
            if (guest.FindLast(m => m.Point == prefix + below[k]) is { } mount)
            {
                found.TryAdd(mount.Id, $"{key}.{Text(k)}");
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

    private static string Key(int index) => "cctl-mount-" + Text(index);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
