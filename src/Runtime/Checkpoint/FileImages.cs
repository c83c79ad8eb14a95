using System.Text;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: open files, sockets and files without a name are made by criu with the host's rights, inside the guest's
/// namespaces. What reaches further than those (raw sockets and low ports of a network that is the host's, events of a whole
/// filesystem, devices) needs the capability that the guest itself would need. (criu's images/fdinfo.proto and what it includes)
/// </summary>
internal static class FileImages
{
    private const uint GhostMagic = 0x52583605;
    private const int CAP_NET_BIND_SERVICE = 10;
    private const int CAP_NET_ADMIN = 12;
    private const int CAP_NET_RAW = 13;
    private const int CAP_SYS_ADMIN = 21;
    private const int CAP_BPF = 39;
    private const int LastKnown = 22;
    private const uint Making = O_CREAT | O_EXCL | O_TRUNC | 0x400000; // __O_TMPFILE

    /// <summary>Looks at files.img.</summary>
    /// <exception cref="ImageException">A file is one that this guest could not have.</exception>
    public static void Check(string image, ReadOnlySpan<byte> bytes, ImageRules rules)
    {
        foreach (byte[] record in ImageRecords.Read(image, bytes, ImageKind.FilesMagic))
        {
            var reader = new ProtobufReader(record);
            while (reader.MoveNext())
            {
                if (reader.Field > LastKnown)
                {
                    throw new ImageException(image, $"it has a file of an unknown kind ({reader.Field})");
                }
            }

            var file = new ImageMessage(image, record);
            CheckPath(image, file.Message(3), rules);
            CheckUnix(image, file.Message(16), rules);
            CheckInet(image, file.Message(4), rules);
            Require(image, file.Bytes(6) is null || rules.Allows(CAP_NET_RAW, overHost: !rules.Makes("network")), "a packet socket needs CAP_NET_RAW");
            Require(image, file.Bytes(11) is null || rules.Allows(CAP_NET_ADMIN, overHost: !rules.Makes("network")), "a tun device needs CAP_NET_ADMIN");
            Require(image, file.Bytes(14) is null || rules.Allows(CAP_SYS_ADMIN, overHost: true), "fanotify needs CAP_SYS_ADMIN");
            CheckWatches(image, file, rules);
            Require(image, file.Bytes(15) is null, "it has a file of a plugin of criu's");
            Require(image, file.Bytes(21) is null || rules.Allows(CAP_BPF, overHost: true) || rules.Allows(CAP_SYS_ADMIN, overHost: true), "a map of BPF needs CAP_BPF");
        }
    }

    /// <summary>Looks at a file that had no name any more: criu makes it, and removes it once it is open.</summary>
    /// <exception cref="ImageException">It is a device that the guest may not have.</exception>
    public static void CheckGhost(string image, ReadOnlySpan<byte> bytes, ImageRules rules)
    {
        const uint TypeMask = 0xf000, Character = 0x2000, Block = 0x6000, Link = 0xa000;
        var file = new ImageMessage(image, ImageRecords.ReadFirst(image, bytes, GhostMagic));
        uint type = (file.Number(3) ?? 0) & TypeMask;
        Require(image, type != Link, "it is a symlink, which would lead elsewhere while it is there");
        if (type is Character or Block)
        {
            uint device = file.Number(6) ?? 0;
            (uint major, uint minor) = ((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00)); // new_encode_dev
            Require(image, rules.AllowsDevice(type == Block, major, minor), $"it is the device {major}:{minor}, which /linux/devices does not name");
        }
    }

    /// <summary>
    /// Watches of inotify(7) and fanotify(7). Where a path is missing criu opens the handle of the file (open_by_handle_at(2)),
    /// and that may be of any file on the filesystem, also of one that the guest cannot reach. criu's own dumps have the path.
    /// </summary>
    private static void CheckWatches(string image, ImageMessage file, ImageRules rules)
    {
        foreach (ImageMessage watch in file.Message(13)?.Messages(5) ?? [])
        {
            CheckWatch(image, watch.Message(7), rules);
        }

        const uint Inode = 1, Mount = 2;
        foreach (ImageMessage mark in file.Message(14)?.Messages(6) ?? [])
        {
            Require(image, mark.Number(2) is Inode or Mount, "it has a mark of an unknown kind");
            if (mark.Number(2) == Inode)
            {
                CheckWatch(image, mark.Message(7)?.Message(2), rules);
            }
        }
    }

    private static void CheckWatch(string image, ImageMessage? handle, ImageRules rules)
    {
        Require(image, handle?.Text(4) is { Length: > 0 }, "it watches a file by a handle, which may be that of any file of the filesystem");
        rules.TakePath(image, handle!.Text(4)!);
    }

    private static void CheckPath(string image, ImageMessage? file, ImageRules rules)
    {
        // What only open(2) itself knows: an open file has none of these flags.
        Require(image, ((file?.Number(2) ?? 0) & Making) == 0, "a file would be made or emptied as it is opened");
        if (file?.Text(6) is string name && !StandardStreams.IsKey(name))
        {
            rules.TakePath(image, name);
        }
    }

    private static void CheckUnix(string image, ImageMessage? socket, ImageRules rules)
    {
        // The name of an abstract socket begins with a NUL, and is no path.
        if (socket?.Bytes(11) is [not 0, ..] name)
        {
            rules.TakePath(image, "/" + Encoding.UTF8.GetString(name.AsSpan().TrimEnd((byte)0)));
        }

        if (socket?.Text(14) is string directory)
        {
            rules.TakePath(image, directory);
        }
    }

    private static void CheckInet(string image, ImageMessage? socket, ImageRules rules)
    {
        const uint SOCK_RAW = 3, FirstFreePort = 1024;
        if (socket is null)
        {
            return;
        }

        bool ofHost = !rules.Makes("network");
        Require(image, socket.Number(4) != SOCK_RAW || rules.Allows(CAP_NET_RAW, ofHost), "a raw socket needs CAP_NET_RAW");
        Require(
            image,
            !ofHost || socket.Number(7) is not (> 0 and < FirstFreePort) || rules.Allows(CAP_NET_BIND_SERVICE, ofHost),
            $"port {socket.Number(7)} of a network that is not the container's own needs CAP_NET_BIND_SERVICE");
    }

    private static void Require(string image, bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new ImageException(image, otherwise);
        }
    }
}
