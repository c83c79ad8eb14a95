using OciSpec;
using Runtime.Cgroups.Limits;

namespace Runtime.Cgroups.Controllers;

/// <summary>
/// <c>/linux/resources/unified</c>: files of the cgroup by name. Only those of a controller; of the core's own (cgroup.*)
/// only the ones that limit: the others move processes or change the tree. A value of several lines is several writes.
/// </summary>
internal static class UnifiedFiles
{
    private static readonly string[] Controllers = ["cpu", "cpuset", "dmem", "hugetlb", "io", "memory", "misc", "perf_event", "pids", "rdma"];
    private static readonly string[] CoreFiles = ["cgroup.max.depth", "cgroup.max.descendants", "cgroup.pressure"];

    public static void Compile(Dictionary<string, string>? files, LimitList list)
    {
        if (files is null)
        {
            return;
        }

        foreach ((string file, string value) in files)
        {
            string pointer = JsonPointer.Append("/unified", file);
            Check(LimitList.Root + pointer, file);
            foreach (Range line in value.AsSpan().Split('\n'))
            {
                if (!value.AsSpan()[line].IsWhiteSpace())
                {
                    list.Add(pointer, file, value[line]);
                }
            }
        }
    }

    private static void Check(string pointer, string file)
    {
        int dot = file.IndexOf('.');
        if (dot <= 0 || dot == file.Length - 1 || file.AsSpan().ContainsAny("/\0\n"))
        {
            throw new CgroupException(pointer, "the key is a file of the cgroup, as memory.high");
        }

        bool known = file.StartsWith("cgroup.", StringComparison.Ordinal)
            ? Array.IndexOf(CoreFiles, file) >= 0
            : Array.IndexOf(Controllers, file[..dot]) >= 0;
        if (!known)
        {
            throw new CgroupException(pointer, file.StartsWith("cgroup.", StringComparison.Ordinal)
                ? "of the files that begin with cgroup. only cgroup.max.depth, cgroup.max.descendants and cgroup.pressure may be set"
                : $"{file[..dot]} is not a controller of cgroup v2");
        }
    }
}
