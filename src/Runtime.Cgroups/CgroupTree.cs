using System.Buffers.Binary;
using System.Text;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups;

/// <summary>The cgroups below a cgroup.</summary>
internal static class CgroupTree
{
    private const byte DT_DIR = 4;

    /// <summary>Names of the cgroups directly below; none where the directory is gone.</summary>
    public static List<string> Children(int dirfd)
    {
        var names = new List<string>();
        if (Sys.TryOpenAt(dirfd, ".", O_RDONLY | O_DIRECTORY, 0, out Fd? opened) != Errno.OK)
        {
            return names;
        }

        using Fd directory = opened!;
        byte[] buffer = new byte[8192];
        try
        {
            int length;
            while ((length = Sys.GetDents64(directory.Number, buffer)) > 0)
            {
                AddDirectories(buffer.AsSpan(0, length), names);
            }
        }
        catch (SyscallException e) when (e.Errno is Errno.ENOENT or Errno.ENODEV)
        {
            // Removed while it was read.
        }

        return names;
    }

    /// <summary>
    /// Removes the cgroups below <paramref name="name"/>, depth first, and then it: the error of the first rmdir that
    /// fails, EBUSY where a process is left.
    /// </summary>
    public static Errno TryRemove(int dirfd, string name)
    {
        Errno errno = Sys.TryUnlinkAt(dirfd, name, AT_REMOVEDIR);
        if (errno is not (Errno.EBUSY or Errno.ENOTEMPTY))
        {
            return errno is Errno.ENOENT or Errno.ENODEV ? Errno.OK : errno;
        }

        if (Sys.TryOpenAt(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, out Fd? opened) != Errno.OK)
        {
            return errno;
        }

        using (Fd directory = opened!)
        {
            foreach (string child in Children(directory.Number))
            {
                TryRemove(directory.Number, child);
            }
        }

        errno = Sys.TryUnlinkAt(dirfd, name, AT_REMOVEDIR);
        return errno is Errno.ENOENT or Errno.ENODEV ? Errno.OK : errno;
    }

    // struct linux_dirent64, getdents(2): u64 inode, u64 offset, u16 record length, u8 type, name.
    private static void AddDirectories(ReadOnlySpan<byte> records, List<string> names)
    {
        while (records.Length > 19)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(records[16..]);
            ReadOnlySpan<byte> name = records[19..length];
            name = name[..name.IndexOf((byte)0)];
            if (records[18] == DT_DIR && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                names.Add(Encoding.UTF8.GetString(name));
            }

            records = records[length..];
        }
    }
}
