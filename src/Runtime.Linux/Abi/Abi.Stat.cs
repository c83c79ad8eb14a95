using System.Runtime.InteropServices;

namespace Runtime.Linux;

public static partial class Abi
{
#pragma warning disable CS1591 // The kernel's own names; each is described in the man page named above its group.

    // inode(7)
    public const int S_IFMT = 0xf000;
    public const int S_IFSOCK = 0xc000;
    public const int S_IFLNK = 0xa000;
    public const int S_IFREG = 0x8000;
    public const int S_IFBLK = 0x6000;
    public const int S_IFDIR = 0x4000;
    public const int S_IFCHR = 0x2000;
    public const int S_IFIFO = 0x1000;

    // readdir(3)
    public const byte DT_DIR = 4;

    // statx(2)
    public const uint STATX_BASIC_STATS = 0x7ff;
    public const uint STATX_TYPE = 1;
    public const uint STATX_MODE = 2;
    public const uint STATX_MNT_ID = 0x1000; // Linux 5.8
    public const ulong STATX_ATTR_MOUNT_ROOT = 0x2000; // Linux 5.8

    /// <summary>struct statx_timestamp of statx(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct statx_timestamp
    {
        public long tv_sec;
        public uint tv_nsec;
        private readonly int _reserved;
    }

    /// <summary>struct statx of statx(2), 256 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct statx
    {
        public uint stx_mask;
        public uint stx_blksize;
        public ulong stx_attributes;
        public uint stx_nlink;
        public uint stx_uid;
        public uint stx_gid;
        public ushort stx_mode;
        private readonly ushort _spare0;
        public ulong stx_ino;
        public ulong stx_size;
        public ulong stx_blocks;
        public ulong stx_attributes_mask;
        public statx_timestamp stx_atime;
        public statx_timestamp stx_btime;
        public statx_timestamp stx_ctime;
        public statx_timestamp stx_mtime;
        public uint stx_rdev_major;
        public uint stx_rdev_minor;
        public uint stx_dev_major;
        public uint stx_dev_minor;
        public ulong stx_mnt_id;
        private fixed ulong _spare[13];
    }
#pragma warning restore CS1591
}
