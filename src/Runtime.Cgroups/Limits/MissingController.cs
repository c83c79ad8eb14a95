using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Cgroups.Limits;

/// <summary>Why the hierarchy has not got a controller, and what would give it.</summary>
internal static class MissingController
{
    public static string Explain(string controller, CgroupMount mount) =>
        Explain(controller, mount.Path, mount.V1Bindings(), System.Text.Encoding.UTF8.GetString(FileText.ReadIfThere(AT_FDCWD, "/proc/cgroups")));

    internal static string Explain(string controller, string mount, List<V1Binding> bindings, string procCgroups)
    {
        string old = controller == "io" ? "blkio" : controller;
        foreach (V1Binding binding in bindings)
        {
            if (binding.Has(old))
            {
                return $"the {controller} controller is bound to cgroup v1 at {binding.MountPoint}: boot with systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=all";
            }
        }

        return IsDisabled(procCgroups, old)
            ? $"the {controller} controller is switched off: boot with cgroup_enable={old}, without cgroup_disable={old}"
            : $"{mount} has no {controller} controller: the kernel is built without it, or it is not delegated to this cgroup namespace";
    }

    // proc_cgroups: name, hierarchy, number of cgroups, enabled, between tabs.
    private static bool IsDisabled(string procCgroups, string controller)
    {
        foreach (ReadOnlySpan<char> line in procCgroups.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(controller) && line.Length > controller.Length && line[controller.Length] == '\t')
            {
                return line.EndsWith("\t0");
            }
        }

        return false;
    }
}
