namespace Runtime.Images.Tar;

/// <summary>What an entry of an archive is: tar(5), typeflag.</summary>
public enum TarEntryType
{
    /// <summary>A regular file, sparse or not.</summary>
    File,

    /// <summary>A further name of a file.</summary>
    HardLink,

    /// <summary>A symlink.</summary>
    Symlink,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A named pipe.</summary>
    Fifo,
}
