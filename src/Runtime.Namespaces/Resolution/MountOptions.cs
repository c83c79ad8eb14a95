using OciSpec;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Resolution;

/// <summary>The options of one mount, sorted by what carries them out (config.md, "Linux mount options").</summary>
public sealed class MountOptions
{
    /// <summary>MOUNT_ATTR_* to set on the mount itself.</summary>
    public ulong Set { get; private set; }

    /// <summary>MOUNT_ATTR_* to clear on the mount itself.</summary>
    public ulong Clear { get; private set; }

    /// <summary>MOUNT_ATTR_* to set on the mount and all below it.</summary>
    public ulong RecursiveSet { get; private set; }

    /// <summary>MOUNT_ATTR_* to clear on the mount and all below it.</summary>
    public ulong RecursiveClear { get; private set; }

    /// <summary>bind or rbind.</summary>
    public bool Bind { get; private set; }

    /// <summary>rbind.</summary>
    public bool Recursive { get; private set; }

    /// <summary>remount: the options are for what is mounted there already.</summary>
    public bool Remount { get; private set; }

    /// <summary>tmpcopyup: the new tmpfs starts with a copy of what it covers.</summary>
    public bool CopyUp { get; private set; }

    /// <summary>idmap or ridmap.</summary>
    public bool IdMap { get; private set; }

    /// <summary>ridmap.</summary>
    public bool RecursiveIdMap { get; private set; }

    /// <summary>MS_SHARED, MS_SLAVE … in the order in which they are to be applied; with whether they go down the tree.</summary>
    public List<(ulong Flag, bool Recursive)> Propagations { get; } = [];

    /// <summary>Flags of the filesystem itself, by the names that fsconfig(2) takes.</summary>
    public List<string> SuperblockFlags { get; } = [];

    /// <summary>All other options: the filesystem's own, with their places in the list.</summary>
    public List<(int Index, string Option)> Data { get; } = [];

    /// <summary>Every option that <see cref="Parse"/> knows, for `features` and its test.</summary>
    public static ReadOnlySpan<string> Known => s_known;

    private static readonly string[] s_known =
    [
        "async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "idmap", "iversion", "lazytime", "loud",
        "mand", "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "nomand", "norelatime",
        "nostrictatime", "nosuid", "nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime", "remount",
        "rexec", "ridmap", "rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime", "rnosuid",
        "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave", "rstrictatime", "rsuid",
        "rsymfollow", "runbindable", "rw", "shared", "silent", "slave", "strictatime", "suid", "symfollow", "sync",
        "tmpcopyup", "unbindable",
    ];

    /// <summary>Sorts a mount's options.</summary>
    public static MountOptions Parse(Mount mount)
    {
        var options = new MountOptions { Bind = mount.Type == "bind" };
        List<string> list = mount.Options ?? [];
        for (int i = 0; i < list.Count; i++)
        {
            if (!options.TakeAttribute(list[i], recursive: false)
                && !(list[i].StartsWith('r') && options.TakeAttribute(list[i][1..], recursive: true))
                && !options.TakeOther(list[i]))
            {
                options.Data.Add((i, list[i]));
            }
        }

        return options;
    }

    private bool TakeAttribute(string name, bool recursive)
    {
        (ulong attribute, bool set, bool time) = name switch
        {
            "ro" => (MOUNT_ATTR_RDONLY, true, false),
            "rw" => (MOUNT_ATTR_RDONLY, false, false),
            "nosuid" => (MOUNT_ATTR_NOSUID, true, false),
            "suid" => (MOUNT_ATTR_NOSUID, false, false),
            "nodev" => (MOUNT_ATTR_NODEV, true, false),
            "dev" => (MOUNT_ATTR_NODEV, false, false),
            "noexec" => (MOUNT_ATTR_NOEXEC, true, false),
            "exec" => (MOUNT_ATTR_NOEXEC, false, false),
            "nodiratime" => (MOUNT_ATTR_NODIRATIME, true, false),
            "diratime" => (MOUNT_ATTR_NODIRATIME, false, false),
            "nosymfollow" => (MOUNT_ATTR_NOSYMFOLLOW, true, false),
            "symfollow" => (MOUNT_ATTR_NOSYMFOLLOW, false, false),
            "noatime" => (MOUNT_ATTR_NOATIME, true, true),
            "strictatime" => (MOUNT_ATTR_STRICTATIME, true, true),
            "relatime" or "atime" or "nostrictatime" => (MOUNT_ATTR_RELATIME, true, true),
            "norelatime" => (MOUNT_ATTR_STRICTATIME, true, true),
            _ => (ulong.MaxValue, false, false),
        };
        if (attribute == ulong.MaxValue)
        {
            return false;
        }

        Take(attribute, set, time, recursive);
        return true;
    }

    private void Take(ulong attribute, bool set, bool time, bool recursive)
    {
        ulong sets = recursive ? RecursiveSet : Set;
        ulong clears = recursive ? RecursiveClear : Clear;
        // The access time is one field of several values: it is cleared as a whole before a new value is set.
        ulong field = time ? MOUNT_ATTR__ATIME : attribute;
        sets = (sets & ~field) | (set ? attribute : 0);
        clears = set && !time ? clears & ~field : clears | field;
        (RecursiveSet, RecursiveClear) = recursive ? (sets, clears) : (RecursiveSet, RecursiveClear);
        (Set, Clear) = recursive ? (Set, Clear) : (sets, clears);
    }

    private bool TakeOther(string name)
    {
        switch (name)
        {
            case "bind":
                Bind = true;
                return true;
            case "rbind":
                Bind = Recursive = true;
                return true;
            case "remount":
                Remount = true;
                return true;
            case "tmpcopyup":
                CopyUp = true;
                return true;
            case "idmap":
                IdMap = true;
                return true;
            case "ridmap":
                IdMap = RecursiveIdMap = true;
                return true;
            case "sync" or "dirsync" or "lazytime" or "mand":
                SuperblockFlags.Add(name);
                return true;
            case "async" or "nolazytime" or "nomand":
                SuperblockFlags.Add(name);
                return true;
            // i_version is the filesystem's own business since Linux 6.1; silent and loud only choose what the kernel logs.
            case "defaults" or "iversion" or "noiversion" or "silent" or "loud":
                return true;
            default:
                ulong propagation = Propagation(name, out bool recursive);
                if (propagation != 0)
                {
                    Propagations.Add((propagation, recursive));
                }

                return propagation != 0;
        }
    }

    /// <summary>The MS_* flag of a propagation name; 0 for none. A leading r means all mounts below as well.</summary>
    internal static ulong Propagation(string? name, out bool recursive)
    {
        recursive = name is { Length: > 0 } && name[0] == 'r';
        return name switch
        {
            "shared" or "rshared" => MS_SHARED,
            "slave" or "rslave" => MS_SLAVE,
            "private" or "rprivate" => MS_PRIVATE,
            "unbindable" or "runbindable" => MS_UNBINDABLE,
            _ => 0,
        };
    }
}
