using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>
/// Copies of the host's cgroup2 mount, for a guest in the initial cgroup namespace: from there the options of each new mount
/// become those of the one filesystem, and the host would lose nsdelegate and memory_recursiveprot (apply_cgroup_root_flags in
/// kernel/cgroup/cgroup.c). Options that the config names are asked for, and go that way.
/// </summary>
internal sealed class HostCgroupsPart(PlanScope scope, NamespacesPart namespaces) : LaunchPart(scope)
{
    // include/linux/proc_ns.h: the inode number of the initial cgroup namespace, for which alone the kernel applies a mount's options.
    private const long PROC_CGROUP_INIT_INO = 0xeffffffb;

    private readonly Dictionary<int, Slot> _copies = [];

    /// <summary>The runtime's part: a copy for each mount of the config, if the guest is to be in the initial namespace.</summary>
    public void Open()
    {
        foreach (ResolvedMount planned in Resolved.Mounts)
        {
            if (Needs(planned))
            {
                Open(planned);
            }
        }
    }

    /// <summary>Whether a copy may have been opened; its slot is negative where the guest is in another namespace.</summary>
    public bool TryFind(ResolvedMount planned, out Slot copy) => _copies.TryGetValue(planned.Index, out copy);

    // In a user namespace the kernel refuses the new mount to a guest in the initial cgroup namespace.
    private bool Needs(ResolvedMount planned) =>
        Inputs.CgroupMount is not null && planned is { Mount.Type: "cgroup" or "cgroup2", Options: { Bind: false, Remount: false, Data.Count: 0, SuperblockFlags.Count: 0 } }
        && Scope is { SetsUpMounts: true, BindsDevices: false } && !Namespaces.Makes(CLONE_NEWCGROUP);

    private void Open(ResolvedMount planned)
    {
        Slot copy = _copies[planned.Index] = Writer.NewSlot();
        Label done = Writer.NewLabel();
        Writer.From($"/mounts/{planned.Index}", $"copy the host's mount {Inputs.CgroupMount}", HintKind.Cgroupfs);
        Slot inode = namespaces.Find(CLONE_NEWCGROUP) is Slot joined ? InodeOf(joined, Empty, AT_EMPTY_PATH) : InodeOf(HostProc, Writer.Text("thread-self/ns/cgroup"), 0);
        Writer.Add(OperationCode.Test, Slot.None, 0, Argument.AddressOf(inode), -1L, PROC_CGROUP_INIT_INO, (int)Errno.ENOENT).On(Errno.ENOENT, done);
        Writer.Call(copy, SyscallNumber.open_tree, AT_FDCWD, Writer.Text(Inputs.CgroupMount!), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        // Private, as a new mount would be, with the config's flags and none of the host's.
        ulong flags = planned.Options.Set;
        ulong clear = (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW) & ~flags;
        Attributes(copy, 0, new mount_attr { attr_set = flags, attr_clr = clear | MOUNT_ATTR__ATIME, propagation = MS_PRIVATE });
        Writer.Mark(done);
    }
}
