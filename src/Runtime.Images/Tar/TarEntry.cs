namespace Runtime.Images.Tar;

/// <summary>One entry of an archive, with what long names, pax records and sparse maps say of it.</summary>
public sealed class TarEntry
{
    /// <summary>The name as the archive spells it, without loss (<see cref="Linux.FileName"/>); nothing says that it is harmless.</summary>
    public required string UnsafeName { get; init; }

    /// <summary>What it is.</summary>
    public required TarEntryType Type { get; init; }

    /// <summary>Target of a symlink, or the name that a hard link is a further one of.</summary>
    public string UnsafeLinkName { get; init; } = "";

    /// <summary>Permission bits, set-user-id, set-group-id and sticky: 12 bits.</summary>
    public int Mode { get; init; }

    /// <summary>The owner.</summary>
    public uint Uid { get; init; }

    /// <summary>The owner's group.</summary>
    public uint Gid { get; init; }

    /// <summary>Time of the last modification, seconds since 1970; before that negative.</summary>
    public long Seconds { get; init; }

    /// <summary>Nanoseconds of the second, 0 to 999,999,999.</summary>
    public int Nanoseconds { get; init; }

    /// <summary>Bytes of the file, holes counted.</summary>
    public long Size { get; init; }

    /// <summary>Bytes of its content in the archive.</summary>
    public long StoredSize { get; init; }

    /// <summary>The parts of a sparse file that the archive holds, ascending; null where the file is not sparse.</summary>
    public IReadOnlyList<TarExtent>? Extents { get; init; }

    /// <summary>A device's major number.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>A device's minor number.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>Extended attributes: names and values as bytes, xattr(7).</summary>
    public IReadOnlyList<(byte[] Name, byte[] Value)> Xattrs { get; init; } = [];
}
