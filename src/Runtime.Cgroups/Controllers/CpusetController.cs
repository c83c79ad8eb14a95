using OciSpec;
using Runtime.Cgroups.Limits;

namespace Runtime.Cgroups.Controllers;

/// <summary><c>/linux/resources/cpu/cpus</c> and <c>mems</c>: cpuset.cpus and cpuset.mems, lists as in cpuset(7).</summary>
internal static class CpusetController
{
    public static void Compile(LinuxCpu? cpu, LimitList list)
    {
        Add(cpu?.Cpus, "/cpu/cpus", "cpuset.cpus", list);
        Add(cpu?.Mems, "/cpu/mems", "cpuset.mems", list);
    }

    /// <summary>Whether the text is numbers and ranges (<c>0-3</c>, <c>0-30:2</c> is left to the kernel) between commas.</summary>
    internal static bool IsList(ReadOnlySpan<char> text)
    {
        bool digit = false;
        foreach (char c in text)
        {
            if (c is >= '0' and <= '9')
            {
                digit = true;
            }
            else if (c is not (',' or '-' or ':' or '/' or ' '))
            {
                return false;
            }
        }

        return digit;
    }

    private static void Add(string? value, string pointer, string file, LimitList list)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        if (!IsList(value))
        {
            throw new CgroupException(LimitList.Root + pointer, $"{value}: numbers and ranges between commas, as 0-3,7");
        }

        list.Add(pointer, file, value);
    }
}
