using System.Globalization;
using OciSpec;
using Runtime.Cgroups.Limits;

namespace Runtime.Cgroups.Controllers;

/// <summary><c>/linux/resources/blockIO</c>: io.bfq.weight or io.weight, and io.max with bytes and operations a second.</summary>
internal static class IoController
{
    private const string Section = "/blockIO";

    public static void Compile(LinuxBlockIo? io, LimitList list)
    {
        if (io is null)
        {
            return;
        }

        if (io.Weight is { } weight and not 0)
        {
            AddWeight(Section + "/weight", string.Empty, weight, list);
        }

        if (io.LeafWeight is not (null or 0))
        {
            list.Ignore(Section + "/leafWeight", "cgroup v2 has no leaf weight");
        }

        DeviceWeights(io.WeightDevice, list);
        Throttle(io.ThrottleReadBpsDevice, "/throttleReadBpsDevice/", "rbps", list);
        Throttle(io.ThrottleWriteBpsDevice, "/throttleWriteBpsDevice/", "wbps", list);
        Throttle(io.ThrottleReadIOPSDevice, "/throttleReadIOPSDevice/", "riops", list);
        Throttle(io.ThrottleWriteIOPSDevice, "/throttleWriteIOPSDevice/", "wiops", list);
    }

    /// <summary>A weight of cgroup v1 (10 to 1000) on the scale of io.weight (1 to 10000), a straight line.</summary>
    internal static ulong IoWeight(ulong weight) => 1 + ((weight - 10) * 9999 / 990);

    private static void DeviceWeights(List<LinuxWeightDevice>? devices, LimitList list)
    {
        for (int i = 0; i < devices?.Count; i++)
        {
            LinuxWeightDevice device = devices[i];
            string pointer = string.Create(CultureInfo.InvariantCulture, $"{Section}/weightDevice/{i}");
            if (device.LeafWeight is not (null or 0))
            {
                list.Ignore(pointer + "/leafWeight", "cgroup v2 has no leaf weight");
            }

            if (device.Weight is { } weight and not 0)
            {
                AddWeight(pointer + "/weight", Device(device.Major, device.Minor, pointer) + " ", weight, list);
            }
        }
    }

    // BFQ takes the weight as it is; where it is not there, io.weight of the io.cost controller has another scale.
    private static void AddWeight(string pointer, string prefix, ushort weight, LimitList list)
    {
        pointer = LimitList.Root + pointer;
        if (weight is < 10 or > 1000)
        {
            throw new CgroupException(pointer, $"{weight}: 10 to 1000");
        }

        list.Add(new CgroupWrite(pointer, "io.bfq.weight", prefix + weight.ToString(CultureInfo.InvariantCulture))
        {
            Otherwise = new CgroupWrite(pointer, "io.weight", prefix + IoWeight(weight).ToString(CultureInfo.InvariantCulture)),
        });
    }

    private static void Throttle(List<LinuxThrottleDevice>? devices, string name, string key, LimitList list)
    {
        for (int i = 0; i < devices?.Count; i++)
        {
            LinuxThrottleDevice device = devices[i];
            string pointer = string.Create(CultureInfo.InvariantCulture, $"{Section}{name}{i}");
            string rate = device.Rate is { } r and not 0 ? r.ToString(CultureInfo.InvariantCulture) : "max";
            list.Add(pointer + "/rate", "io.max", $"{Device(device.Major, device.Minor, pointer)} {key}={rate}");
        }
    }

    private static string Device(long? major, long? minor, string pointer) =>
        major is >= 0 && minor is >= 0
            ? string.Create(CultureInfo.InvariantCulture, $"{major}:{minor}")
            : throw new CgroupException(LimitList.Root + pointer, "major and minor are required, 0 or above");
}
