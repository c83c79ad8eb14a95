using System.Globalization;
using OciSpec;
using Runtime.Cgroups.Limits;

namespace Runtime.Cgroups.Controllers;

/// <summary>
/// <c>/linux/resources/hugepageLimits</c>: hugetlb.SIZE.max for pages in use, hugetlb.SIZE.rsvd.max (Linux 5.7) for those
/// that are reserved by mmap(2); with the first alone a process dies of SIGBUS where the second gives it ENOMEM.
/// </summary>
internal static class HugetlbController
{
    public static void Compile(List<LinuxHugepageLimit>? limits, LimitList list)
    {
        for (int i = 0; i < limits?.Count; i++)
        {
            LinuxHugepageLimit limit = limits[i];
            string pointer = string.Create(CultureInfo.InvariantCulture, $"/hugepageLimits/{i}");
            if (!IsPageSize(limit.PageSize))
            {
                throw new CgroupException(LimitList.Root + pointer + "/pageSize", $"{limit.PageSize}: a size as 64KB, 2MB, 1GB");
            }

            string value = (limit.Limit ?? 0).ToString(CultureInfo.InvariantCulture);
            list.Add(pointer + "/limit", $"hugetlb.{limit.PageSize}.max", value);
            list.Add(new CgroupWrite(LimitList.Root + pointer + "/limit", $"hugetlb.{limit.PageSize}.rsvd.max", value) { MayBeMissing = true });
        }
    }

    private static bool IsPageSize(ReadOnlySpan<char> size) =>
        size.Length is > 2 and < 10 && size[^1] == 'B' && size[^2] is 'K' or 'M' or 'G' && !size[..^2].ContainsAnyExceptInRange('0', '9');
}
