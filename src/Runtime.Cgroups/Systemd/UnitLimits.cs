using System.Globalization;
using OciSpec;
using Runtime.Cgroups.Controllers;
using Runtime.Cgroups.Limits;

namespace Runtime.Cgroups.Systemd;

/// <summary>
/// Limits as properties of the unit, so that systemd writes the same values that the files have when it looks at the
/// unit again (daemon-reload). What it has no property for stays to the files: hugetlb, rdma, misc, burst.
/// </summary>
internal static class UnitLimits
{
    /// <summary>The properties for a list of writes.</summary>
    /// <param name="writes">As compiled from the config.</param>
    /// <param name="systemd">Version of systemd; idle CPU scheduling is known from 252 on.</param>
    public static List<UnitProperty> From(List<CgroupWrite> writes, int systemd)
    {
        var properties = new List<UnitProperty>();
        foreach (CgroupWrite write in writes)
        {
            Add(properties, write.File == "io.bfq.weight" && write.Otherwise is { } otherwise ? otherwise : write, systemd);
        }

        return properties;
    }

    private static void Add(List<UnitProperty> properties, CgroupWrite write, int systemd)
    {
        switch (write.File)
        {
            case "memory.max": Amount(properties, "MemoryMax", write.Value); break;
            case "memory.high": Amount(properties, "MemoryHigh", write.Value); break;
            case "memory.low": Amount(properties, "MemoryLow", write.Value); break;
            case "memory.min": Amount(properties, "MemoryMin", write.Value); break;
            case "memory.swap.max": Amount(properties, "MemorySwapMax", write.Value); break;
            case "pids.max": Amount(properties, "TasksMax", write.Value); break;
            case "cpu.weight": Amount(properties, "CPUWeight", write.Value); break;
            case "cpu.idle" when write.Value == "1" && systemd >= 252: properties.Add(new("CPUWeight", 0UL)); break;
            case "cpu.max": Quota(properties, write.Value); break;
            case "cpuset.cpus": properties.Add(new("AllowedCPUs", NumberList.Mask(write.Value, sizeof(byte)))); break;
            case "cpuset.mems": properties.Add(new("AllowedMemoryNodes", NumberList.Mask(write.Value, sizeof(byte)))); break;
            case "io.weight": Weight(properties, write.Value); break;
            case "io.max": Throttle(properties, write.Value); break;
            case "io.latency": Throttle(properties, write.Value); break;
        }
    }

    private static void Amount(List<UnitProperty> properties, string name, string value)
    {
        if (TryNumber(value, out ulong number))
        {
            properties.Add(new(name, number));
        }
    }

    // Quota per period as microseconds a second, rounded up to whole percents: systemd keeps no finer ones.
    private static void Quota(List<UnitProperty> properties, string value)
    {
        int space = value.IndexOf(' ');
        if (!TryNumber(space < 0 ? value : value[..space], out ulong quota))
        {
            return;
        }

        ulong period = 100_000;
        if (space > 0 && ulong.TryParse(value.AsSpan(space + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong given) && given > 0)
        {
            period = given;
            properties.Add(new("CPUQuotaPeriodUSec", period));
        }

        ulong perSecond = quota == UnitProperty.Infinity ? quota : (ulong)Math.Ceiling((decimal)quota * 100 / period) * 10_000;
        properties.Add(new("CPUQuotaPerSecUSec", perSecond));
    }

    private static void Weight(List<UnitProperty> properties, string value)
    {
        int space = value.IndexOf(' ');
        if (!TryNumber(value[(space + 1)..], out ulong weight))
        {
            return;
        }

        if (space > 0 && value.AsSpan(0, space).Contains(':'))
        {
            AddDevice(properties, "IODeviceWeight", value[..space], weight);
        }
        else
        {
            properties.Add(new("IOWeight", weight));
        }
    }

    private static void Throttle(List<UnitProperty> properties, string value)
    {
        string[] words = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 1; i < words.Length; i++)
        {
            int equals = words[i].IndexOf('=');
            string? name = (equals < 0 ? string.Empty : words[i][..equals]) switch
            {
                "rbps" => "IOReadBandwidthMax",
                "wbps" => "IOWriteBandwidthMax",
                "riops" => "IOReadIOPSMax",
                "wiops" => "IOWriteIOPSMax",
                "target" => "IODeviceLatencyTargetUSec",
                _ => null,
            };
            if (name is not null && TryNumber(words[i][(equals + 1)..], out ulong rate))
            {
                AddDevice(properties, name, words[0], rate);
            }
        }
    }

    // systemd takes a device's number from the path, whether it exists or not.
    private static void AddDevice(List<UnitProperty> properties, string name, string device, ulong value)
    {
        (string, ulong) entry = ("/dev/block/" + device, value);
        int at = properties.FindIndex(p => p.Name == name);
        if (at < 0)
        {
            properties.Add(new(name, new[] { entry }));
        }
        else
        {
            properties[at] = new(name, ((string, ulong)[])[.. ((string, ulong)[])properties[at].Value, entry]);
        }
    }

    private static bool TryNumber(string text, out ulong number)
    {
        number = UnitProperty.Infinity;
        return text == "max" || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
