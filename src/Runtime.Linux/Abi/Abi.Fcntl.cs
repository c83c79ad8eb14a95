using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Runtime.Linux;

/// <summary>Constants and structs of the kernel's user interface, in the kernel's spelling, one file a header.</summary>
public static partial class Abi
{
#pragma warning disable CS1591 // The kernel's own names; each is described in the man page named above its group.

    // open(2), asm-generic/fcntl.h; arm64 differs in four.
    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_ACCMODE = 3;
    public const int O_NOCTTY = 0x100;
    public const int O_TRUNC = 0x200;
    public const int O_APPEND = 0x400;
    public const int O_NONBLOCK = 0x800;
    public const int SEEK_SET = 0; // lseek(2)
    public const int SEEK_CUR = 1;
    public const int SEEK_END = 2;
    public const int SEEK_DATA = 3;
    public const int SEEK_HOLE = 4;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;
    public static int O_DIRECTORY => X86Base.IsSupported ? 0x10000 : 0x4000;
    public static int O_NOFOLLOW => X86Base.IsSupported ? 0x20000 : 0x8000;
    public static int O_TMPFILE => 0x400000 | O_DIRECTORY;

    // *at(2)
    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int AT_EACCESS = 0x200;
    public const int AT_REMOVEDIR = 0x200;
    public const int AT_SYMLINK_FOLLOW = 0x400;
    public const int AT_EMPTY_PATH = 0x1000;
    public const int AT_RECURSIVE = 0x8000;

    // openat2(2), linux/openat2.h, Linux 5.6
    public const ulong RESOLVE_NO_XDEV = 0x01;
    public const ulong RESOLVE_NO_MAGICLINKS = 0x02;
    public const ulong RESOLVE_NO_SYMLINKS = 0x04;
    public const ulong RESOLVE_BENEATH = 0x08;
    public const ulong RESOLVE_IN_ROOT = 0x10;

    // fcntl(2)
    public const int F_DUPFD_CLOEXEC = 1030;
    public const int F_GETFD = 1;
    public const int F_SETFD = 2;
    public const int F_GETFL = 3;
    public const int F_SETFL = 4;
    public const int F_ADD_SEALS = 1033;
    public const int F_GET_SEALS = 1034;
    public const int FD_CLOEXEC = 1;
    public const int F_SEAL_SEAL = 1;
    public const int F_SEAL_SHRINK = 2;
    public const int F_SEAL_GROW = 4;
    public const int F_SEAL_WRITE = 8;

    // flock(2)
    public const int LOCK_SH = 1;
    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;

    // access(2)
    public const int F_OK = 0;
    public const int X_OK = 1;
    public const int W_OK = 2;
    public const int R_OK = 4;

    // memfd_create(2)
    public const int MFD_CLOEXEC = 1;
    public const int MFD_ALLOW_SEALING = 2;
    public const int MFD_EXEC = 0x10; // Linux 6.3

    // close_range(2), Linux 5.11
    public const int CLOSE_RANGE_CLOEXEC = 4;

    // renameat2(2)
    public const int RENAME_NOREPLACE = 1;
    public const int RENAME_EXCHANGE = 2;
#pragma warning restore CS1591
}
