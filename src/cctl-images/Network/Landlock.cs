using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace CctlImages.Network;

/// <summary>
/// Landlock (landlock(7), Linux 5.13): the calling thread, and all that it makes from then on, may write nothing and read what is
/// listed. What a kernel does not know it cannot be asked for; a kernel without Landlock is left to the seccomp filter, which refuses
/// to open for writing.
/// </summary>
internal static unsafe class Landlock
{
    private const ulong Reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE;

    /// <summary>Every right of the first version.</summary>
    private const ulong FirstRights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

    /// <summary>Restricts this thread.</summary>
    /// <param name="readable">What may be read and executed, with all below it; what is not there is left out.</param>
    /// <exception cref="ConfinementException">The kernel has Landlock, and refuses it.</exception>
    public static void Restrict(IEnumerable<string> readable)
    {
        nint version = Sys.Raw(SyscallNumber.landlock_create_ruleset, 0, 0, LANDLOCK_CREATE_RULESET_VERSION);
        if (version is -(int)Errno.ENOSYS or -(int)Errno.EOPNOTSUPP)
        {
            return;
        }

        ConfinementException.Check(version, "landlock_create_ruleset(LANDLOCK_CREATE_RULESET_VERSION)");
        ulong* attributes = stackalloc ulong[3];
        attributes[0] = FirstRights
            | (version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0)
            | (version >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0)
            | (version >= 5 ? LANDLOCK_ACCESS_FS_IOCTL_DEV : 0);
        attributes[1] = version >= 4 ? LANDLOCK_ACCESS_NET_BIND_TCP : 0;
        attributes[2] = version >= 6 ? LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL : 0;
        // SAFETY: struct landlock_ruleset_attr is three 64-bit fields, of which each version reads its own from the front.
        nint created = Sys.Raw(SyscallNumber.landlock_create_ruleset, (nint)attributes, version >= 6 ? 24 : version >= 4 ? 16 : 8, 0);
        using var rules = new Fd((int)ConfinementException.Check(created, "landlock_create_ruleset"));
        foreach (string path in readable)
        {
            Allow(rules, path);
        }

        ConfinementException.Check(Sys.Raw(SyscallNumber.landlock_restrict_self, rules.Number, 0), "landlock_restrict_self");
    }

    private static void Allow(Fd rules, string path)
    {
        if (Sys.TryOpenAt(AT_FDCWD, path, O_PATH, 0, out Fd? place) != Errno.OK)
        {
            return; // not on this system: nothing more is allowed by it
        }

        using (place)
        {
            bool directory = Sys.TryStatx(place!.Number, "", AT_EMPTY_PATH, out statx status) == Errno.OK && (status.stx_mode & S_IFMT) == S_IFDIR;
            // struct landlock_path_beneath_attr is packed: 8 bytes of rights, 4 of descriptor.
            byte* rule = stackalloc byte[12];
            // SAFETY: both writes lie in the 12 bytes; the kernel reads as many.
            *(ulong*)rule = directory ? Reading : Reading & ~LANDLOCK_ACCESS_FS_READ_DIR;
            *(int*)(rule + 8) = place.Number;
            ConfinementException.Check(Sys.Raw(SyscallNumber.landlock_add_rule, rules.Number, LANDLOCK_RULE_PATH_BENEATH, (nint)rule, 0), $"landlock_add_rule(\"{path}\")");
        }
    }
}
