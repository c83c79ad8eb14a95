namespace Runtime.Checkpoint;

/// <summary>
/// SECURITY: the mounts of an image are made by criu with the host's rights: any filesystem, from any device, with any
/// options (that of version 1 of cgroups has one for a program that the kernel runs as root). Here: the filesystems that
/// the kernel makes anew for a guest, what the configuration binds from outside, and parts of what is there already.
/// (criu's images/mnt.proto)
/// </summary>
internal static class MountImage
{
    private const int Options = 9;
    private const uint BinfmtMisc = 4;
    private const uint Cgroup2 = 23;

    // PROC, SYSFS, TMPFS, DEVPTS, MQUEUE.
    private static readonly uint[] s_fresh = [1, 2, 5, 6, 14];

    // UNSUPPORTED (ext4, xfs, btrfs ...), AUFS, FUSE, OVERLAYFS.
    private static readonly uint[] s_bound = [0, 13, 15, 17];

    /// <summary>The image that criu gets.</summary>
    /// <exception cref="ImageException">It asks for a mount that the configuration does not.</exception>
    public static byte[] Rewrite(string image, ReadOnlySpan<byte> bytes, ImageRules rules) =>
        ImageRecords.Write(ImageKind.MountsMagic, ImageRecords.Read(image, bytes, ImageKind.MountsMagic).ConvertAll(r => Entry(image, r, rules)));

    private static byte[] Entry(string image, byte[] record, ImageRules rules)
    {
        var mount = new ImageMessage(image, record);
        ImageRules.RequirePath(image, mount.Text(6) ?? string.Empty);
        string point = mount.Text(7) ?? string.Empty;
        ImageRules.RequirePath(image, point.StartsWith("./", StringComparison.Ordinal) ? point[1..] : point);
        if (mount.Number(12) is > 0)
        {
            throw new ImageException(image, $"{point} asks for a plugin of criu's");
        }

        if (mount.Number(16) is > 0)
        {
            throw new ImageException(image, $"{point} shows a directory that was deleted: criu would make it anew");
        }

        uint type = mount.Number(1) ?? 0;
        string? key = mount.Text(18);
        if (key is not null || mount.Number(13) is > 0)
        {
            return rules.HasKey(key ?? string.Empty)
                ? With(record, string.Empty)
                : throw new ImageException(image, $"/mounts: {point} bears the key \"{key}\", which this configuration does not have");
        }

        if (Array.IndexOf(s_fresh, type) >= 0 || (type == BinfmtMisc && rules.Mounts("binfmt_misc")))
        {
            return record;
        }

        if (type == Cgroup2)
        {
            // All mounts share the filesystem's options: outside of a cgroup namespace, others would be the host's.
            return With(record, rules.CgroupOptions);
        }

        // Of the root's filesystem, or of one that was bound: bound again. Without options nothing new can be made of it.
        return Array.IndexOf(s_bound, type) >= 0 ? With(record, string.Empty) : throw new ImageException(image, $"/mounts: {point} shows a filesystem (number {type} of criu's) that guests do not get");
    }

    private static byte[] With(byte[] record, string options)
    {
        var written = new ProtobufWriter();
        var fields = new ProtobufReader(record);
        while (fields.MoveNext())
        {
            if (fields.Field != Options)
            {
                written.Copy(fields.Raw);
            }
        }

        written.Text(Options, options);
        return written.ToArray();
    }
}
