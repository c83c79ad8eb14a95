namespace Runtime.Linux;

public static partial class Abi
{
#pragma warning disable CS1591 // The kernel's own names; each is described in the man page named above its group.

    // landlock(7), linux/landlock.h
    public const int LANDLOCK_CREATE_RULESET_VERSION = 1;
    public const int LANDLOCK_RULE_PATH_BENEATH = 1;
    public const ulong LANDLOCK_ACCESS_FS_EXECUTE = 1 << 0;
    public const ulong LANDLOCK_ACCESS_FS_READ_FILE = 1 << 2;
    public const ulong LANDLOCK_ACCESS_FS_READ_DIR = 1 << 3;
    public const ulong LANDLOCK_ACCESS_FS_MAKE_SYM = 1 << 12;
    public const ulong LANDLOCK_ACCESS_FS_REFER = 1 << 13; // Linux 5.19
    public const ulong LANDLOCK_ACCESS_FS_TRUNCATE = 1 << 14; // Linux 6.2
    public const ulong LANDLOCK_ACCESS_FS_IOCTL_DEV = 1 << 15; // Linux 6.10
    public const ulong LANDLOCK_ACCESS_NET_BIND_TCP = 1 << 0; // Linux 6.7
    public const ulong LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0; // Linux 6.12
    public const ulong LANDLOCK_SCOPE_SIGNAL = 1 << 1; // Linux 6.12
#pragma warning restore CS1591
}
