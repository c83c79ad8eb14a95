using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>A standard stream of the process that restores.</summary>
/// <param name="Flags">Its status flags, fcntl(2) F_GETFL.</param>
/// <param name="Mode">Type and permissions, inode(7); 0 where it is closed.</param>
/// <param name="Position">Where it stands; negative where it has no position, as a pipe or a terminal.</param>
internal readonly record struct CallerStream(int Flags, int Mode, long Position)
{
    /// <summary>Whether criu can have it for a file: it opens the file once more, and a socket cannot be opened.</summary>
    public bool CanBeOpened => (Mode & S_IFMT) is not (0 or S_IFSOCK);

    /// <summary>Whether it is a plain file.</summary>
    public bool IsFile => (Mode & S_IFMT) == S_IFREG;
}
