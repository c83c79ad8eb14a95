using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

public sealed partial class LaunchPlanBuilder
{
    // The files of procfs that other programs (lxcfs, systemd) cover; everything else below /proc stays as the kernel has it.
    private static readonly string[] s_coverableInProc =
    [
        "proc/cpuinfo", "proc/diskstats", "proc/meminfo", "proc/stat", "proc/swaps", "proc/uptime", "proc/loadavg",
        "proc/slabinfo", "proc/net/dev", "proc/sys/kernel/ns_last_pid", "proc/sys/crypto/fips_enabled",
    ];

    private readonly List<PlannedMount> _mounts = [];
    private readonly List<(int Index, Slot Mount)> _readOnlyLater = [];

    /// <summary>What the host has to give: copies of the mounts that are to be bound, taken with the host's rights.</summary>
    private void OpenMountSources()
    {
        List<Mount> mounts = _config.Mounts ?? [];
        for (int i = 0; i < mounts.Count; i++)
        {
            var planned = new PlannedMount(i, mounts[i], MountOptions.Parse(mounts[i]));
            _mounts.Add(planned);
            CheckMount(planned);
            if (planned.Options.Bind && !planned.Options.Remount)
            {
                planned.Inside = SourceInside(i);
                if (planned.Inside is null)
                {
                    OpenBindSource(planned);
                }
            }
        }
    }

    private void CheckMount(PlannedMount planned)
    {
        if (planned.Options.Bind && planned.Options.Data.Count > 0)
        {
            (int index, string option) = planned.Options.Data[0];
            throw new LaunchException($"/mounts/{planned.Index}/options/{index}", $"\"{option}\" is no option of a bind mount; options of a filesystem have no meaning there");
        }

        if (IsIdMapped(planned.Mount, planned.Options) && !planned.Options.Bind)
        {
            throw new LaunchException($"/mounts/{planned.Index}/options", "idmap and ridmap are for bind mounts");
        }

        if (planned.Options.IdMap && !HasOwnMappings(planned.Mount) && !EntersUserNamespace)
        {
            throw new LaunchException($"/mounts/{planned.Index}/options", "idmap without mappings of its own takes those of the container's user namespace, and there is none");
        }

        string path = string.Join('/', Parts(planned.Mount.Destination ?? string.Empty));
        if (path.Length == 0 && !planned.Options.Remount)
        {
            throw new LaunchException($"/mounts/{planned.Index}/destination", $"\"{planned.Mount.Destination}\" is the root directory: a mount there would hide the root filesystem; name that one in /root/path");
        }

        if (path.StartsWith("proc/", StringComparison.Ordinal) && Array.IndexOf(s_coverableInProc, path) < 0)
        {
            throw new LaunchException($"/mounts/{planned.Index}/destination", $"\"{planned.Mount.Destination}\" lies inside /proc, where only a few files may be covered: {string.Join(", ", s_coverableInProc)}");
        }
    }

    private string SourceOf(Mount mount) => Path.GetFullPath(mount.Source ?? string.Empty, _inputs.Bundle);

    /// <summary>
    /// Where a source lies inside the root, if a mount before it in the list is made there, in it or above it: then it is what
    /// that mount shows (config.md, mounts: in the listed order). Null for all others, which the runtime opens with its rights.
    /// </summary>
    private string? SourceInside(int index)
    {
        string source = SourceOf(_mounts[index].Mount);
        if (!OwnsMounts || !(source + "/").StartsWith(RootPath.TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            return null;
        }

        string inside = string.Join('/', Parts(source[RootPath.Length..]));
        for (int i = 0; i < index; i++)
        {
            string destination = string.Join('/', Parts(_mounts[i].Mount.Destination ?? string.Empty)) + "/";
            if (inside.Length == 0 || destination.StartsWith(inside + "/", StringComparison.Ordinal) || (inside + "/").StartsWith(destination, StringComparison.Ordinal))
            {
                return inside.Length == 0 ? "." : inside;
            }
        }

        return null;
    }

    /// <summary>Copies a source inside the root when the mounts before it are made; the result is where to attach it.</summary>
    private Slot BindFromInside(PlannedMount planned, string inside)
    {
        Slot place = _writer.NewSlot();
        Slot target = _writer.NewSlot();
        Label isFile = _writer.NewLabel();
        Label reached = _writer.NewLabel();
        planned.Fd = _writer.NewSlot();
        FromSource(planned);
        Resolve(place, _root, inside, O_PATH | O_DIRECTORY, InRoot).On(Errno.ENOTDIR, isFile);
        CopyInside(planned, place, target, folder: true).Then(reached);
        _writer.Mark(isFile);
        FromSource(planned);
        Resolve(place, _root, inside, O_PATH, InRoot);
        CopyInside(planned, place, target, folder: false);
        _writer.Mark(reached);
        return target;
    }

    private PlanWriter.Step CopyInside(PlannedMount planned, Slot place, Slot target, bool folder)
    {
        int recursive = planned.Options.Recursive ? AT_RECURSIVE : 0;
        _writer.Call(planned.Fd, SyscallNumber.open_tree, place, Empty, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive);
        MapIds(planned);
        FromTarget(planned);
        return _writer.Add(OperationCode.Set, target, 0, ReachOrMake(planned.Mount.Destination!, folder));
    }

    private void FromSource(PlannedMount planned) =>
        _writer.From($"/mounts/{planned.Index}/source", $"open {planned.Mount.Source} inside the root", HintKind.BindSource);

    private void FromTarget(PlannedMount planned) =>
        _writer.From($"/mounts/{planned.Index}/destination", $"reach {planned.Mount.Destination}", HintKind.MountTarget);

    private void OpenBindSource(PlannedMount planned)
    {
        string source = SourceOf(planned.Mount);
        planned.IsFolder = Directory.Exists(source);
        _writer.From($"/mounts/{planned.Index}/source", $"open {source}", HintKind.BindSource);
        planned.Fd = _writer.NewSlot();
        int recursive = planned.Options.Recursive ? AT_RECURSIVE : 0;
        _writer.Call(planned.Fd, SyscallNumber.open_tree, AT_FDCWD, _writer.Text(source), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive);
        MapIds(planned);
    }

    /// <summary>
    /// Idmaps the copy while it is detached, with the host's rights: once attached the kernel would refuse
    /// (mount_setattr(2), Linux 5.12).
    /// </summary>
    private void MapIds(PlannedMount planned)
    {
        if (!IsIdMapped(planned.Mount, planned.Options))
        {
            return;
        }

        _writer.From($"/mounts/{planned.Index}/options", $"idmap {planned.Mount.Source}", HintKind.IdMap);
        int userNamespace = _inputs.MountNamespaces is { } all && all.TryGetValue(planned.Index, out int fd) ? fd : -1;
        int recursive = planned.Options.RecursiveIdMap ? AT_RECURSIVE : 0;
        Attributes(planned.Fd, recursive, new mount_attr { attr_set = MOUNT_ATTR_IDMAP, userns_fd = (uint)userNamespace });
    }

    /// <summary>Whether a mount is idmapped: by an option, or because it has mappings of its own.</summary>
    public static bool IsIdMapped(Mount mount, MountOptions options) =>
        options.IdMap || HasOwnMappings(mount);

    private static bool HasOwnMappings(Mount mount) => mount.UidMappings is { Count: > 0 } || mount.GidMappings is { Count: > 0 };

    private void MountAll()
    {
        foreach (PlannedMount planned in _mounts)
        {
            if (planned.Options.Remount)
            {
                Remount(planned);
            }
            else if (planned.Options.Bind)
            {
                Bind(planned);
            }
            else
            {
                MountFilesystem(planned);
            }
        }
    }

    private void Bind(PlannedMount planned)
    {
        MountOptions options = planned.Options;
        FromTarget(planned);
        Slot target = planned.Inside is string inside ? BindFromInside(planned, inside) : ReachOrMake(planned.Mount.Destination!, planned.IsFolder);
        RefuseInsideProc(planned, target);
        _writer.From($"/mounts/{planned.Index}/options", $"set the flags of {planned.Mount.Destination}", HintKind.MountAttributes);
        SetFlags(planned.Fd, options);
        _writer.From($"/mounts/{planned.Index}", $"bind {planned.Mount.Source} on {planned.Mount.Destination}", HintKind.MountTarget);
        Attach(planned.Fd, target);
    }

    private void SetFlags(Slot mount, MountOptions options)
    {
        // Out of the host's peer group first, unless the root's propagation shares it: what a guest mounts there would be the
        // host's, too (mount_namespaces(7)).
        bool shares = _linux.RootfsPropagation is "shared" or "rshared" && options.Propagations.Exists(p => p.Flag == MS_SHARED);
        if (!shares)
        {
            Attributes(mount, AT_RECURSIVE, new mount_attr { propagation = InitialPropagation });
        }

        if (options.Set != 0 || options.Clear != 0)
        {
            Attributes(mount, 0, new mount_attr { attr_set = options.Set, attr_clr = options.Clear });
        }

        SetRecursiveFlags(mount, options);
    }

    private void SetRecursiveFlags(Slot mount, MountOptions options)
    {
        if (options.RecursiveSet != 0 || options.RecursiveClear != 0)
        {
            Attributes(mount, AT_RECURSIVE, new mount_attr { attr_set = options.RecursiveSet, attr_clr = options.RecursiveClear });
        }

        foreach ((ulong flag, bool recursive) in options.Propagations)
        {
            Attributes(mount, recursive ? AT_RECURSIVE : 0, new mount_attr { propagation = flag });
        }
    }

    /// <summary>A symbolic link in the image must not turn any mount into one that covers a part of procfs.</summary>
    private void RefuseInsideProc(PlannedMount planned, Slot target)
    {
        string path = string.Join('/', Parts(planned.Mount.Destination!));
        if (path.StartsWith("proc/", StringComparison.Ordinal))
        {
            return; // one of the few that CheckMount lets through
        }

        _writer.From($"/mounts/{planned.Index}/destination", $"mount on {planned.Mount.Destination}", HintKind.TargetInsideProc);
        if (path != "proc")
        {
            RequireFilesystem(target, PROC_SUPER_MAGIC, equal: false, Errno.EPERM);
        }
    }

    private void Remount(PlannedMount planned)
    {
        _writer.From($"/mounts/{planned.Index}", $"remount {planned.Mount.Destination}", HintKind.MountAttributes);
        Slot target = _writer.NewSlot();
        Resolve(target, _root, planned.Mount.Destination!, O_PATH, InRoot);
        if (!planned.Options.Bind && (planned.Options.Data.Count > 0 || planned.Options.SuperblockFlags.Count > 0))
        {
            Slot filesystem = _writer.NewSlot();
            _writer.Call(filesystem, SyscallNumber.fspick, target, Empty, FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
            Configure(filesystem, planned);
            _writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0);
        }

        Attributes(target, 0, new mount_attr { attr_set = planned.Options.Set, attr_clr = planned.Options.Clear });
        SetRecursiveFlags(target, planned.Options);
    }

    private sealed class PlannedMount(int index, Mount mount, MountOptions options)
    {
        public int Index => index;

        public Mount Mount => mount;

        public MountOptions Options => options;

        public Slot Fd { get; set; }

        /// <summary>Where the source of a bind lies inside the root, if it is opened only there.</summary>
        public string? Inside { get; set; }

        public bool IsFolder { get; set; } = true;
    }
}
