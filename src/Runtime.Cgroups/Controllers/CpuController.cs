using System.Globalization;
using OciSpec;
using Runtime.Cgroups.Limits;

namespace Runtime.Cgroups.Controllers;

/// <summary><c>/linux/resources/cpu</c> but for the cpuset: cpu.weight, cpu.max, cpu.max.burst (Linux 5.14), cpu.idle (5.15). Times are microseconds.</summary>
internal static class CpuController
{
    private const string Section = "/cpu";

    public static void Compile(LinuxCpu? cpu, LimitList list)
    {
        if (cpu is null)
        {
            return;
        }

        IgnoreRealtime(cpu, list);
        Weight(cpu, list);
        Bandwidth(cpu, list);
    }

    /// <summary>
    /// Shares of cgroup v1 (2 to 262144, 1024 by default) as a weight of v2 (1 to 10000, 100 by default): a curve
    /// through the three pairs (2, 1), (1024, 100), (262144, 10000), with l = log2(shares):
    /// 10^((l² + 125·l) / 612 − 7/34), rounded up.
    /// </summary>
    internal static ulong WeightOfShares(ulong shares)
    {
        if (shares <= 2)
        {
            return 1;
        }

        if (shares >= 262144)
        {
            return 10000;
        }

        double l = Math.Log2(shares);
        double weight = Math.Pow(10, (((l * l) + (125 * l)) / 612.0) - (7.0 / 34.0));
        // A result that is whole but for the rounding of doubles is not rounded up to the next one.
        return (ulong)Math.Ceiling(weight - 1e-9);
    }

    private static void IgnoreRealtime(LinuxCpu cpu, LimitList list)
    {
        const string Why = "cgroup v2 has no real-time budget";
        if (cpu.RealtimeRuntime is not (null or 0))
        {
            list.Ignore(Section + "/realtimeRuntime", Why);
        }

        if (cpu.RealtimePeriod is not (null or 0))
        {
            list.Ignore(Section + "/realtimePeriod", Why);
        }
    }

    private static void Weight(LinuxCpu cpu, LimitList list)
    {
        if (cpu.Idle is { } idle)
        {
            if (idle is not (0 or 1))
            {
                throw new CgroupException(LimitList.Root + Section + "/idle", $"{idle}: 0 or 1");
            }

            list.Add(Section + "/idle", "cpu.idle", idle == 1 ? "1" : "0");
        }

        if (cpu.Shares is not { } shares || shares == 0)
        {
            return;
        }

        if (cpu.Idle == 1)
        {
            list.Ignore(Section + "/shares", "an idle cgroup has no weight");
            return;
        }

        list.Add(Section + "/shares", "cpu.weight", WeightOfShares(shares).ToString(CultureInfo.InvariantCulture));
    }

    private static void Bandwidth(LinuxCpu cpu, LimitList list)
    {
        if (cpu.Burst is { } burst)
        {
            // It must not exceed the quota: an old quota may be in its way, or the old burst in the new quota's.
            string value = burst.ToString(CultureInfo.InvariantCulture);
            list.Add(new CgroupWrite(LimitList.Root + Section + "/burst", "cpu.max.burst", value) { MayComeLater = true, MayBeMissing = burst == 0 });
        }

        bool hasPeriod = cpu.Period is not (null or 0);
        if (cpu.Quota is null && !hasPeriod)
        {
            return;
        }

        string quota = cpu.Quota > 0 ? cpu.Quota.Value.ToString(CultureInfo.InvariantCulture) : "max";
        // Without a period the kernel keeps the one that is set, 100 ms by default.
        string max = hasPeriod ? string.Create(CultureInfo.InvariantCulture, $"{quota} {cpu.Period}") : quota;
        list.Add(Section + (cpu.Quota is null ? "/period" : "/quota"), "cpu.max", max);
    }
}
