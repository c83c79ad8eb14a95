namespace Runtime.Images.Tar;

/// <summary>What an archive may ask for. The defaults are beyond any image that is known, and within what a machine bears.</summary>
public sealed record TarLimits
{
    /// <summary>Most entries.</summary>
    public long Entries { get; init; } = 4_000_000;

    /// <summary>Most bytes of all files together, holes counted.</summary>
    public long Bytes { get; init; } = 1L << 40;

    /// <summary>Longest name, bytes: PATH_MAX with its NUL, limits.h.</summary>
    public int NameBytes { get; init; } = 4095;

    /// <summary>Longest pax header, bytes; the kernel takes attributes of 64 KiB each.</summary>
    public int PaxBytes { get; init; } = 1 << 20;

    /// <summary>Most parts of a sparse file.</summary>
    public int Extents { get; init; } = 1 << 16;
}
