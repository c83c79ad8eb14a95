using System.Globalization;
using System.Text;
using Runtime.Linux;
using Tmds.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Plan;

/// <summary>How the numbers of a system call's arguments are written: as flags, values, modes or errors, as strace(1) does.</summary>
internal static class CallText
{
    /// <summary>A number that is an argument of an operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="index">Which of its arguments.</param>
    /// <param name="value">The number.</param>
    public static string Number(in Operation operation, int index, long value) => operation.Code switch
    {
        OperationCode.Syscall => Syscall(operation.Number, index, value),
        OperationCode.Fail => ((Errno)value).Name(),
        OperationCode.Test when index == 3 => ((Errno)value).Name(),
        OperationCode.Test when index == 2 => FlagNames.Value(s_magics, value) ?? Plain(value),
        OperationCode.Request when index == 0 => ((ControlKind)value).ToString(),
        OperationCode.CloneSibling when index == 0 => FlagNames.Bits(FlagNames.Clone, value),
        OperationCode.MakePath when index == 3 => FlagNames.Bits(FlagNames.Resolve, value),
        _ => Plain(value),
    };

    /// <summary>What is in a struct of the plan; null for one of whose content nothing is said.</summary>
    public static string? Struct(object value) => value switch
    {
        open_how how => Open((long)how.flags) + (how.mode == 0 ? string.Empty : ", " + Octal((long)how.mode)) + ", " + FlagNames.Bits(FlagNames.Resolve, (long)how.resolve),
        mount_attr attributes => Mount(attributes),
        rlimit64 limit => $"{{soft {Limit(limit.rlim_cur)}, hard {Limit(limit.rlim_max)}}}",
        _ => null,
    };

    /// <summary>A number in decimal digits where it is small.</summary>
    public static string Plain(long value) => value is >= -4096 and < 4096 ? value.ToString(CultureInfo.InvariantCulture) : $"0x{value:x}";

    private static readonly (ulong, string)[] s_magics =
        [((ulong)PROC_SUPER_MAGIC, nameof(PROC_SUPER_MAGIC)), ((ulong)SYSFS_MAGIC, nameof(SYSFS_MAGIC)), ((ulong)TMPFS_MAGIC, nameof(TMPFS_MAGIC)), .. FlagNames.Clone];

    private static readonly (int Number, int Index, Func<long, string> Text)[] s_arguments =
    [
        (SyscallNumber.openat, 2, Open),
        (SyscallNumber.openat, 3, Octal),
        (SyscallNumber.umask, 0, Octal),
        (SyscallNumber.fchmodat, 2, Octal),
        (SyscallNumber.fchmod, 1, Octal),
        (SyscallNumber.mkdirat, 2, Octal),
        (SyscallNumber.mknodat, 2, Mode),
        (SyscallNumber.mknodat, 3, Device),
        (SyscallNumber.open_tree, 2, static v => FlagNames.Bits(FlagNames.OpenTree, v)),
        (SyscallNumber.move_mount, 4, static v => FlagNames.Bits(FlagNames.MoveMount, v)),
        (SyscallNumber.fsopen, 1, static v => FlagNames.Bits(FlagNames.FsOpen, v)),
        (SyscallNumber.fspick, 2, static v => FlagNames.Bits(FlagNames.FsPick, v)),
        (SyscallNumber.fsmount, 1, static v => FlagNames.Bits(FlagNames.FsMount, v)),
        (SyscallNumber.fsmount, 2, static v => FlagNames.Bits(FlagNames.MountAttributes, v)),
        (SyscallNumber.fsconfig, 1, static v => FlagNames.Value(FlagNames.FsConfig, v) ?? Plain(v)),
        (SyscallNumber.mount_setattr, 2, static v => FlagNames.Bits(FlagNames.At, v)),
        (SyscallNumber.fchownat, 4, static v => FlagNames.Bits(FlagNames.At, v)),
        (SyscallNumber.statx, 2, static v => FlagNames.Bits(FlagNames.At, v)),
        (SyscallNumber.faccessat2, 2, static v => FlagNames.Bits(FlagNames.AccessMode, v)),
        (SyscallNumber.faccessat2, 3, static v => FlagNames.Bits(FlagNames.Access, v)),
        (SyscallNumber.unlinkat, 2, static v => FlagNames.Bits(FlagNames.Unlink, v)),
        (SyscallNumber.mount, 3, static v => FlagNames.Bits(FlagNames.Mount, v)),
        (SyscallNumber.umount2, 1, static v => FlagNames.Bits(FlagNames.Unmount, v)),
        (SyscallNumber.unshare, 0, static v => FlagNames.Bits(FlagNames.Clone, v)),
        (SyscallNumber.setns, 1, static v => FlagNames.Bits(FlagNames.Clone, v)),
        (SyscallNumber.clone, 0, static v => FlagNames.Bits(FlagNames.Clone, v)),
        (SyscallNumber.prctl, 0, static v => FlagNames.Value(FlagNames.Prctl, v) ?? Plain(v)),
        (SyscallNumber.keyctl, 0, static v => FlagNames.Value(FlagNames.Keyctl, v) ?? Plain(v)),
        (SyscallNumber.fcntl, 1, static v => FlagNames.Value(FlagNames.Fcntl, v) ?? Plain(v)),
        (SyscallNumber.ioctl, 1, static v => FlagNames.Value(FlagNames.Ioctl, v) ?? Plain(v)),
        (SyscallNumber.dup3, 2, static v => FlagNames.Bits(FlagNames.Dup, v)),
        (SyscallNumber.close_range, 2, static v => FlagNames.Bits(FlagNames.CloseRange, v)),
        (SyscallNumber.socket, 0, static v => FlagNames.Value(FlagNames.Family, v) ?? Plain(v)),
        (SyscallNumber.fchownat, 2, Unsigned),
        (SyscallNumber.fchownat, 3, Unsigned),
        (SyscallNumber.fchown, 1, Unsigned),
        (SyscallNumber.fchown, 2, Unsigned),
        (SyscallNumber.setresuid, 0, Unsigned),
        (SyscallNumber.setresuid, 1, Unsigned),
        (SyscallNumber.setresuid, 2, Unsigned),
        (SyscallNumber.setresgid, 0, Unsigned),
        (SyscallNumber.setresgid, 1, Unsigned),
        (SyscallNumber.setresgid, 2, Unsigned),
    ];

    private static string Syscall(int number, int index, long value)
    {
        if (index is 0 or 2 && value == AT_FDCWD)
        {
            return nameof(AT_FDCWD);
        }

        foreach ((int call, int argument, Func<long, string> text) in s_arguments)
        {
            if (call == number && argument == index)
            {
                return text(value);
            }
        }

        return Plain(value);
    }

    private static string Device(long number) => $"{(number >> 8) & 0xfff}:{(number & 0xff) | ((number >> 12) & 0xfff00)}";

    // Ids: nobody thinks of them in hexadecimal.
    private static string Unsigned(long value) => ((uint)value).ToString(CultureInfo.InvariantCulture);

    private static string Open(long flags)
    {
        bool reads = (flags & (O_PATH | O_ACCMODE)) == 0;
        return reads ? nameof(O_RDONLY) + (flags == 0 ? string.Empty : "|" + FlagNames.Bits(FlagNames.Open, flags)) : FlagNames.Bits(FlagNames.Open, flags);
    }

    private static string Mode(long mode)
    {
        string type = (mode & S_IFMT) switch
        {
            S_IFCHR => nameof(S_IFCHR) + "|",
            S_IFBLK => nameof(S_IFBLK) + "|",
            S_IFIFO => nameof(S_IFIFO) + "|",
            S_IFREG => nameof(S_IFREG) + "|",
            _ => string.Empty,
        };
        return type + Octal(mode & ~S_IFMT);
    }

    private static string Octal(long mode) => "0" + Convert.ToString(mode, 8);

    private static string Limit(ulong value) => value == RLIM_INFINITY ? "unlimited" : value.ToString(CultureInfo.InvariantCulture);

    private static string Mount(in mount_attr attributes)
    {
        var text = new StringBuilder("{");
        void Add(string name, string value) => text.Append(text.Length == 1 ? string.Empty : ", ").Append(name).Append(' ').Append(value);
        if (attributes.attr_set != 0)
        {
            Add("set", FlagNames.Bits(FlagNames.MountAttributes, (long)attributes.attr_set));
        }

        if (attributes.attr_clr != 0)
        {
            Add("clear", FlagNames.Bits(FlagNames.MountAttributes, (long)attributes.attr_clr));
        }

        if (attributes.propagation != 0)
        {
            Add("propagation", FlagNames.Bits(FlagNames.Mount, (long)attributes.propagation));
        }

        return text.Append('}').ToString();
    }
}
