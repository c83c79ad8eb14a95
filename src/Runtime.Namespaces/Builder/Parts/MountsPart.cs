using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>The mounts of the config, in their order (config.md, "Mounts").</summary>
internal sealed class MountsPart(PlanScope scope, BindsPart binds, FilesystemsPart filesystems) : MountPart(scope)
{
    // The files of procfs that other programs (lxcfs, systemd) cover; everything else below /proc stays as the kernel has it.
    private static readonly string[] s_coverableInProc =
    [
        "proc/cpuinfo", "proc/diskstats", "proc/meminfo", "proc/stat", "proc/swaps", "proc/uptime", "proc/loadavg",
        "proc/slabinfo", "proc/net/dev", "proc/sys/kernel/ns_last_pid", "proc/sys/crypto/fips_enabled",
    ];

    /// <summary>What the host has to give.</summary>
    public void OpenSources()
    {
        foreach (ResolvedMount planned in Resolved.Mounts)
        {
            Check(planned);
            if (planned.Binds)
            {
                binds.OpenSource(planned);
            }
        }
    }

    public void MountAll()
    {
        foreach (ResolvedMount planned in Resolved.Mounts)
        {
            if (planned.Options.Remount)
            {
                Remount(planned);
            }
            else if (planned.Options.Bind)
            {
                binds.Bind(planned);
            }
            else
            {
                filesystems.Mount(planned);
            }
        }
    }

    private void Check(ResolvedMount planned)
    {
        if (planned.Options.Bind && planned.Options.Data.Count > 0)
        {
            (int index, string option) = planned.Options.Data[0];
            throw new LaunchException($"/mounts/{planned.Index}/options/{index}", $"\"{option}\" is no option of a bind mount; options of a filesystem have no meaning there");
        }

        if (planned.IsIdMapped && !planned.Options.Bind)
        {
            throw new LaunchException($"/mounts/{planned.Index}/options", "idmap and ridmap are for bind mounts");
        }

        if (planned.Options.IdMap && !planned.HasOwnMappings && !Scope.EntersUserNamespace)
        {
            throw new LaunchException($"/mounts/{planned.Index}/options", "idmap without mappings of its own takes those of the container's user namespace, and there is none");
        }

        if (planned.Target.Length == 0 && !planned.Options.Remount)
        {
            throw new LaunchException($"/mounts/{planned.Index}/destination", $"\"{planned.Mount.Destination}\" is the root directory: a mount there would hide the root filesystem; name that one in /root/path");
        }

        if (planned.Target.StartsWith("proc/", StringComparison.Ordinal) && Array.IndexOf(s_coverableInProc, planned.Target) < 0)
        {
            throw new LaunchException($"/mounts/{planned.Index}/destination", $"\"{planned.Mount.Destination}\" lies inside /proc, where only a few files may be covered: {string.Join(", ", s_coverableInProc)}");
        }
    }

    private void Remount(ResolvedMount planned)
    {
        Writer.From($"/mounts/{planned.Index}", $"remount {planned.Mount.Destination}", HintKind.MountAttributes);
        Slot target = Writer.NewSlot();
        Resolve(target, Root, planned.Mount.Destination!, O_PATH, InRoot);
        if (!planned.Options.Bind && (planned.Options.Data.Count > 0 || planned.Options.SuperblockFlags.Count > 0))
        {
            Slot filesystem = Writer.NewSlot();
            Writer.Call(filesystem, SyscallNumber.fspick, target, Empty, FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
            filesystems.Configure(filesystem, planned);
            Writer.Call(SyscallNumber.fsconfig, filesystem, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0);
        }

        Attributes(target, 0, new mount_attr { attr_set = planned.Options.Set, attr_clr = planned.Options.Clear });
        SetRecursiveFlags(target, planned.Options);
    }
}
