namespace Runtime.Images.Tar;

/// <summary>A part of a sparse file that the archive holds; what lies between two of them is a hole.</summary>
/// <param name="Offset">Where it begins in the file, bytes.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct TarExtent(long Offset, long Length);
