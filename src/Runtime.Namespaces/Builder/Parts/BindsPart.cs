using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>Bind mounts: copies of what the host has, taken with the host's rights, or of what an earlier mount of the list shows.</summary>
internal sealed class BindsPart : MountPart
{
    private readonly Slot[] _copies;
    private readonly string?[] _inside;

    public BindsPart(PlanScope scope)
        : base(scope)
    {
        _copies = new Slot[Resolved.Mounts.Count];
        _inside = new string?[Resolved.Mounts.Count];
    }

    /// <summary>Copies what is to be bound, unless an earlier mount of the list is to show it first.</summary>
    public void OpenSource(ResolvedMount planned)
    {
        _inside[planned.Index] = SourceInside(planned.Index);
        if (_inside[planned.Index] is null && !Scope.JoinsMounts)
        {
            OpenHostSource(planned);
        }
    }

    public void Bind(ResolvedMount planned)
    {
        MountOptions options = planned.Options;
        FromTarget(planned);
        Slot target = _inside[planned.Index] is not null || Scope.JoinsMounts ? CopyThere(planned) : ReachOrMake(planned.Mount.Destination!, planned.BindsDirectory);
        RefuseInsideProc(planned, target);
        Writer.From($"/mounts/{planned.Index}/options", $"set the flags of {planned.Mount.Destination}", HintKind.MountAttributes);
        SetFlags(_copies[planned.Index], options);
        Writer.From($"/mounts/{planned.Index}", $"bind {planned.Mount.Source} on {planned.Mount.Destination}", HintKind.MountTarget);
        Attach(_copies[planned.Index], target);
    }

    /// <summary>
    /// Where a source lies inside the root, if a mount before it in the list is made there, in it or above it: then it is what
    /// that mount shows (config.md, mounts: in the listed order). Null for all others, which the runtime opens with its rights.
    /// </summary>
    private string? SourceInside(int index)
    {
        string source = Resolved.Mounts[index].Source!;
        if (!Scope.SetsUpMounts || !(source + "/").StartsWith(Resolved.RootPath.TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            return null;
        }

        string inside = GuestPath.Relative(source[Resolved.RootPath.Length..]);
        for (int i = 0; i < index; i++)
        {
            string destination = Resolved.Mounts[i].Target + "/";
            if (inside.Length == 0 || destination.StartsWith(inside + "/", StringComparison.Ordinal) || (inside + "/").StartsWith(destination, StringComparison.Ordinal))
            {
                return inside.Length == 0 ? "." : inside;
            }
        }

        return null;
    }

    /// <summary>
    /// Copies a source inside the root, or in a joined mount namespace, when the mounts before it are made; the result is where
    /// to attach it.
    /// </summary>
    private Slot CopyThere(ResolvedMount planned)
    {
        Argument directory = _inside[planned.Index] is null ? AT_FDCWD : Root;
        string source = _inside[planned.Index] ?? planned.Source!;
        ulong resolve = _inside[planned.Index] is null ? 0 : InRoot;
        Slot place = Writer.NewSlot();
        Slot target = Writer.NewSlot();
        Label isFile = Writer.NewLabel();
        Label reached = Writer.NewLabel();
        Slot copy = _copies[planned.Index] = Writer.NewSlot();
        FromSource(planned);
        Resolve(place, directory, source, O_PATH | O_DIRECTORY, resolve).On(Errno.ENOTDIR, isFile);
        CopyInside(planned, copy, place, target, directory: true).Then(reached);
        Writer.Mark(isFile);
        FromSource(planned);
        Resolve(place, directory, source, O_PATH, resolve);
        CopyInside(planned, copy, place, target, directory: false);
        Writer.Mark(reached);
        return target;
    }

    private PlanWriter.Step CopyInside(ResolvedMount planned, Slot copy, Slot place, Slot target, bool directory)
    {
        int recursive = planned.Options.Recursive ? AT_RECURSIVE : 0;
        Writer.Call(copy, SyscallNumber.open_tree, place, Empty, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive);
        IdMap(planned, copy);
        FromTarget(planned);
        return Writer.Add(OperationCode.Set, target, 0, ReachOrMake(planned.Mount.Destination!, directory));
    }

    private void FromSource(ResolvedMount planned) =>
        Writer.From($"/mounts/{planned.Index}/source", _inside[planned.Index] is null ? $"open {planned.Source} in the joined mount namespace" : $"open {planned.Mount.Source} inside the root", HintKind.BindSource);

    private void FromTarget(ResolvedMount planned) =>
        Writer.From($"/mounts/{planned.Index}/destination", $"reach {planned.Mount.Destination}", HintKind.MountTarget);

    private void OpenHostSource(ResolvedMount planned)
    {
        Writer.From($"/mounts/{planned.Index}/source", $"open {planned.Source}", HintKind.BindSource);
        Slot copy = _copies[planned.Index] = Writer.NewSlot();
        int recursive = planned.Options.Recursive ? AT_RECURSIVE : 0;
        Writer.Call(copy, SyscallNumber.open_tree, AT_FDCWD, Writer.Text(planned.Source!), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive);
        IdMap(planned, copy);
    }

    /// <summary>
    /// Idmaps the copy while it is detached, with the host's rights: once attached the kernel would refuse
    /// (mount_setattr(2), Linux 5.12).
    /// </summary>
    private void IdMap(ResolvedMount planned, Slot copy)
    {
        if (!planned.IsIdMapped)
        {
            return;
        }

        Writer.From($"/mounts/{planned.Index}/options", $"idmap {planned.Mount.Source}", HintKind.IdMap);
        int userNamespace = Inputs.IdMapNamespaces is { } all && all.TryGetValue(planned.Index, out int fd) ? fd : -1;
        int recursive = planned.Options.RecursiveIdMap ? AT_RECURSIVE : 0;
        Attributes(copy, recursive, new mount_attr { attr_set = MOUNT_ATTR_IDMAP, userns_fd = (uint)userNamespace });
    }
}
