using System.Buffers.Binary;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.State;

/// <summary>Reads and empties folders through their fds; symbolic links are never followed.</summary>
public static class FolderRemoval
{
    private const byte DT_DIR = 4;

    /// <summary>The names in an open folder, without <c>.</c> and <c>..</c>; true with those that are folders.</summary>
    internal static List<(string Name, bool IsFolder)> Entries(int dirfd)
    {
        var names = new List<(string, bool)>();
        // A description of its own: reading moves the position of the one that it reads.
        using Fd fd = Sys.OpenAt(dirfd, ".", O_RDONLY | O_DIRECTORY);
        byte[] buffer = new byte[32768];
        while (Read(fd.Number, buffer) is int length and > 0)
        {
            // struct linux_dirent64 of getdents64(2): ino 8, off 8, reclen 2, type 1, name.
            for (int at = 0; at < length;)
            {
                int size = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + 16));
                ReadOnlySpan<byte> name = buffer.AsSpan(at + 19, size - 19);
                name = name[..name.IndexOf((byte)0)];
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    names.Add((FileName.Of(name), buffer[at + 18] == DT_DIR));
                }

                at += size;
            }
        }

        return names;
    }

    /// <summary>Removes everything in an open folder; what cannot be removed stays.</summary>
    public static void RemoveContent(int dirfd)
    {
        foreach ((string name, bool isFolder) in Entries(dirfd))
        {
            if (isFolder)
            {
                Sys.TryOpenAt(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? opened);
                if (opened is not null)
                {
                    using Fd inner = opened;
                    RemoveContent(inner.Number);
                }
            }

            Sys.TryUnlinkAt(dirfd, name, isFolder ? AT_REMOVEDIR : 0);
        }
    }

    private static int Read(int fd, byte[] buffer)
    {
        try
        {
            return Sys.GetDents64(fd, buffer);
        }
        catch (SyscallException e) when (e.Errno == Errno.ENOENT)
        {
            return 0; // The folder itself was removed.
        }
    }
}
