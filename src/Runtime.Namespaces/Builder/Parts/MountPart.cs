using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>What bind mounts and new filesystems have in common.</summary>
internal abstract class MountPart(PlanScope scope) : LaunchPart(scope)
{
    /// <summary>The flags of a mount that is still detached.</summary>
    protected void SetFlags(Slot mount, MountOptions options)
    {
        // Out of the host's peer group first, unless the root's propagation shares it: what a guest mounts there would be the
        // host's, too (mount_namespaces(7)).
        bool shares = Linux.RootfsPropagation is "shared" or "rshared" && options.Propagations.Exists(p => p.Flag == MS_SHARED);
        if (!shares)
        {
            Attributes(mount, AT_RECURSIVE, new mount_attr { propagation = Scope.InitialPropagation });
        }

        if (options.Set != 0 || options.Clear != 0)
        {
            Attributes(mount, 0, new mount_attr { attr_set = options.Set, attr_clr = options.Clear });
        }

        SetRecursiveFlags(mount, options);
    }

    /// <summary>Flags and propagation that go down the tree.</summary>
    protected void SetRecursiveFlags(Slot mount, MountOptions options)
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
    protected void RefuseInsideProc(ResolvedMount planned, Slot target)
    {
        if (planned.Target.StartsWith("proc/", StringComparison.Ordinal))
        {
            return; // one of the few that MountsPart lets through
        }

        Writer.From($"/mounts/{planned.Index}/destination", $"mount on {planned.Mount.Destination}", HintKind.TargetInsideProc);
        if (planned.Target != "proc")
        {
            RequireFilesystem(target, PROC_SUPER_MAGIC, equal: false, Errno.EPERM);
        }
    }
}
