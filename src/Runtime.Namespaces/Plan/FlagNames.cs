using System.Text;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Plan;

/// <summary>Names of the kernel's constants, for `explain`.</summary>
internal static class FlagNames
{
    /// <summary>openat(2), openat2(2). The access mode is two bits, and O_PATH has none.</summary>
    public static readonly (ulong, string)[] Open =
    [
        ((ulong)O_PATH, nameof(O_PATH)), ((ulong)O_WRONLY, nameof(O_WRONLY)), ((ulong)O_RDWR, nameof(O_RDWR)), ((ulong)O_CREAT, nameof(O_CREAT)), ((ulong)O_EXCL, nameof(O_EXCL)),
        ((ulong)O_TRUNC, nameof(O_TRUNC)), ((ulong)O_APPEND, nameof(O_APPEND)), ((ulong)O_NOCTTY, nameof(O_NOCTTY)), ((ulong)O_NONBLOCK, nameof(O_NONBLOCK)),
        ((ulong)O_DIRECTORY, nameof(O_DIRECTORY)), ((ulong)O_NOFOLLOW, nameof(O_NOFOLLOW)), ((ulong)O_CLOEXEC, nameof(O_CLOEXEC)),
    ];

    /// <summary>openat2(2).</summary>
    public static readonly (ulong, string)[] Resolve =
    [
        (RESOLVE_NO_XDEV, nameof(RESOLVE_NO_XDEV)), (RESOLVE_NO_MAGICLINKS, nameof(RESOLVE_NO_MAGICLINKS)), (RESOLVE_NO_SYMLINKS, nameof(RESOLVE_NO_SYMLINKS)),
        (RESOLVE_BENEATH, nameof(RESOLVE_BENEATH)), (RESOLVE_IN_ROOT, nameof(RESOLVE_IN_ROOT)),
    ];

    /// <summary>open_tree(2).</summary>
    public static readonly (ulong, string)[] OpenTree =
    [
        (OPEN_TREE_CLONE, nameof(OPEN_TREE_CLONE)), (OPEN_TREE_CLOEXEC, nameof(OPEN_TREE_CLOEXEC)), (AT_RECURSIVE, nameof(AT_RECURSIVE)),
        (AT_EMPTY_PATH, nameof(AT_EMPTY_PATH)), (AT_SYMLINK_NOFOLLOW, nameof(AT_SYMLINK_NOFOLLOW)),
    ];

    /// <summary>mount_setattr(2), fchownat(2), statx(2).</summary>
    public static readonly (ulong, string)[] At = [(AT_RECURSIVE, nameof(AT_RECURSIVE)), (AT_EMPTY_PATH, nameof(AT_EMPTY_PATH)), (AT_SYMLINK_NOFOLLOW, nameof(AT_SYMLINK_NOFOLLOW))];

    /// <summary>faccessat2(2), where one bit has another name.</summary>
    public static readonly (ulong, string)[] Access = [(AT_EACCESS, nameof(AT_EACCESS)), (AT_EMPTY_PATH, nameof(AT_EMPTY_PATH)), (AT_SYMLINK_NOFOLLOW, nameof(AT_SYMLINK_NOFOLLOW))];

    /// <summary>faccessat2(2): what is asked for.</summary>
    public static readonly (ulong, string)[] AccessMode = [(R_OK, nameof(R_OK)), (W_OK, nameof(W_OK)), (X_OK, nameof(X_OK))];

    /// <summary>unlinkat(2).</summary>
    public static readonly (ulong, string)[] Unlink = [(AT_REMOVEDIR, nameof(AT_REMOVEDIR))];

    /// <summary>move_mount(2).</summary>
    public static readonly (ulong, string)[] MoveMount = [(MOVE_MOUNT_F_EMPTY_PATH, nameof(MOVE_MOUNT_F_EMPTY_PATH)), (MOVE_MOUNT_T_EMPTY_PATH, nameof(MOVE_MOUNT_T_EMPTY_PATH))];

    /// <summary>fsopen(2).</summary>
    public static readonly (ulong, string)[] FsOpen = [(FSOPEN_CLOEXEC, nameof(FSOPEN_CLOEXEC))];

    /// <summary>fsmount(2).</summary>
    public static readonly (ulong, string)[] FsMount = [(FSMOUNT_CLOEXEC, nameof(FSMOUNT_CLOEXEC))];

    /// <summary>fspick(2).</summary>
    public static readonly (ulong, string)[] FsPick = [(FSPICK_CLOEXEC, nameof(FSPICK_CLOEXEC)), (FSPICK_EMPTY_PATH, nameof(FSPICK_EMPTY_PATH))];

    /// <summary>fsconfig(2).</summary>
    public static readonly (ulong, string)[] FsConfig =
    [
        (FSCONFIG_SET_FLAG, nameof(FSCONFIG_SET_FLAG)), (FSCONFIG_SET_STRING, nameof(FSCONFIG_SET_STRING)), (FSCONFIG_SET_FD, nameof(FSCONFIG_SET_FD)),
        (FSCONFIG_CMD_CREATE, nameof(FSCONFIG_CMD_CREATE)), (FSCONFIG_CMD_RECONFIGURE, nameof(FSCONFIG_CMD_RECONFIGURE)),
    ];

    /// <summary>fsmount(2), mount_setattr(2).</summary>
    public static readonly (ulong, string)[] MountAttributes =
    [
        (MOUNT_ATTR_RDONLY, nameof(MOUNT_ATTR_RDONLY)), (MOUNT_ATTR_NOSUID, nameof(MOUNT_ATTR_NOSUID)), (MOUNT_ATTR_NODEV, nameof(MOUNT_ATTR_NODEV)),
        (MOUNT_ATTR_NOEXEC, nameof(MOUNT_ATTR_NOEXEC)), (MOUNT_ATTR__ATIME, nameof(MOUNT_ATTR__ATIME)), (MOUNT_ATTR_NOATIME, nameof(MOUNT_ATTR_NOATIME)),
        (MOUNT_ATTR_STRICTATIME, nameof(MOUNT_ATTR_STRICTATIME)), (MOUNT_ATTR_NODIRATIME, nameof(MOUNT_ATTR_NODIRATIME)), (MOUNT_ATTR_IDMAP, nameof(MOUNT_ATTR_IDMAP)),
        (MOUNT_ATTR_NOSYMFOLLOW, nameof(MOUNT_ATTR_NOSYMFOLLOW)),
    ];

    /// <summary>mount(2).</summary>
    public static readonly (ulong, string)[] Mount =
    [
        (MS_RDONLY, nameof(MS_RDONLY)), (MS_REMOUNT, nameof(MS_REMOUNT)), (MS_BIND, nameof(MS_BIND)), (MS_MOVE, nameof(MS_MOVE)), (MS_REC, nameof(MS_REC)),
        (MS_UNBINDABLE, nameof(MS_UNBINDABLE)), (MS_PRIVATE, nameof(MS_PRIVATE)), (MS_SLAVE, nameof(MS_SLAVE)), (MS_SHARED, nameof(MS_SHARED)),
    ];

    /// <summary>umount2(2).</summary>
    public static readonly (ulong, string)[] Unmount = [(MNT_FORCE, nameof(MNT_FORCE)), (MNT_DETACH, nameof(MNT_DETACH)), (UMOUNT_NOFOLLOW, nameof(UMOUNT_NOFOLLOW))];

    /// <summary>unshare(2), setns(2), clone(2).</summary>
    public static readonly (ulong, string)[] Clone =
    [
        (CLONE_NEWTIME, nameof(CLONE_NEWTIME)), (CLONE_NEWNS, nameof(CLONE_NEWNS)), (CLONE_NEWCGROUP, nameof(CLONE_NEWCGROUP)), (CLONE_NEWUTS, nameof(CLONE_NEWUTS)),
        (CLONE_NEWIPC, nameof(CLONE_NEWIPC)), (CLONE_NEWUSER, nameof(CLONE_NEWUSER)), (CLONE_NEWPID, nameof(CLONE_NEWPID)), (CLONE_NEWNET, nameof(CLONE_NEWNET)),
        (CLONE_FILES, nameof(CLONE_FILES)), (CLONE_FS, nameof(CLONE_FS)), (CLONE_PARENT, nameof(CLONE_PARENT)), (CLONE_PIDFD, nameof(CLONE_PIDFD)),
    ];

    /// <summary>prctl(2).</summary>
    public static readonly (ulong, string)[] Prctl =
    [
        (PR_SET_PDEATHSIG, nameof(PR_SET_PDEATHSIG)), (PR_GET_DUMPABLE, nameof(PR_GET_DUMPABLE)), (PR_SET_DUMPABLE, nameof(PR_SET_DUMPABLE)), (PR_SET_KEEPCAPS, nameof(PR_SET_KEEPCAPS)),
        (PR_CAPBSET_READ, nameof(PR_CAPBSET_READ)), (PR_CAPBSET_DROP, nameof(PR_CAPBSET_DROP)), (PR_GET_SECUREBITS, nameof(PR_GET_SECUREBITS)), (PR_SET_SECUREBITS, nameof(PR_SET_SECUREBITS)),
        (PR_SET_CHILD_SUBREAPER, nameof(PR_SET_CHILD_SUBREAPER)), (PR_SET_NO_NEW_PRIVS, nameof(PR_SET_NO_NEW_PRIVS)), (PR_GET_NO_NEW_PRIVS, nameof(PR_GET_NO_NEW_PRIVS)), (PR_CAP_AMBIENT, nameof(PR_CAP_AMBIENT)),
    ];

    /// <summary>keyctl(2).</summary>
    public static readonly (ulong, string)[] Keyctl = [(KEYCTL_JOIN_SESSION_KEYRING, nameof(KEYCTL_JOIN_SESSION_KEYRING)), (KEYCTL_SETPERM, nameof(KEYCTL_SETPERM))];

    /// <summary>fcntl(2).</summary>
    public static readonly (ulong, string)[] Fcntl =
        [(F_DUPFD_CLOEXEC, nameof(F_DUPFD_CLOEXEC)), (F_GETFD, nameof(F_GETFD)), (F_SETFD, nameof(F_SETFD)), (F_GETFL, nameof(F_GETFL)), (F_SETFL, nameof(F_SETFL))];

    /// <summary>dup3(2).</summary>
    public static readonly (ulong, string)[] Dup = [((ulong)O_CLOEXEC, nameof(O_CLOEXEC))];

    /// <summary>close_range(2).</summary>
    public static readonly (ulong, string)[] CloseRange = [(CLOSE_RANGE_CLOEXEC, nameof(CLOSE_RANGE_CLOEXEC))];

    /// <summary>socket(2): the family.</summary>
    public static readonly (ulong, string)[] Family = [(AF_UNIX, nameof(AF_UNIX)), (AF_INET, nameof(AF_INET)), (AF_NETLINK, nameof(AF_NETLINK))];

    /// <summary>ioctl(2) of terminals and namespaces.</summary>
    public static readonly (ulong, string)[] Ioctl =
    [
        (NS_GET_USERNS, nameof(NS_GET_USERNS)), (NS_GET_NSTYPE, nameof(NS_GET_NSTYPE)), (TIOCSCTTY, nameof(TIOCSCTTY)), (TIOCGWINSZ, nameof(TIOCGWINSZ)), (TIOCSWINSZ, nameof(TIOCSWINSZ)),
        (TIOCSPTLCK, nameof(TIOCSPTLCK)), (TIOCGPTPEER, nameof(TIOCGPTPEER)), ((ulong)SIOCSIFFLAGS, nameof(SIOCSIFFLAGS)),
    ];

    /// <summary>The bits of a value by their names, the rest in hexadecimal; 0 for none.</summary>
    public static string Bits((ulong Value, string Name)[] names, long value)
    {
        ulong rest = (ulong)value;
        var text = new StringBuilder();
        foreach ((ulong bit, string name) in names)
        {
            if (bit != 0 && (rest & bit) == bit)
            {
                text.Append(text.Length == 0 ? string.Empty : "|").Append(name);
                rest &= ~bit;
            }
        }

        if (rest != 0 || text.Length == 0)
        {
            text.Append(text.Length == 0 ? string.Empty : "|").Append(rest == 0 ? "0" : $"0x{rest:x}");
        }

        return text.ToString();
    }

    /// <summary>The name of a value; null where it has none.</summary>
    public static string? Value((ulong Value, string Name)[] names, long value)
    {
        foreach ((ulong candidate, string name) in names)
        {
            if (candidate == (ulong)value)
            {
                return name;
            }
        }

        return null;
    }
}
