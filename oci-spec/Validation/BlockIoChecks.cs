namespace OciSpec;

/// <summary>Checks of the block I/O controller.</summary>
internal static class BlockIoChecks
{
    /// <summary>Weights are 10 to 1000 (0 means not set); devices have both numbers and a weight or rate (config-linux.md, block IO).</summary>
    public static void BlockIo(RuntimeConfig config, Findings findings)
    {
        if (config.Linux?.Resources?.BlockIO is not { } io)
        {
            return;
        }

        string at = findings.ResourcesAt + "/blockIO";
        Weight(io.Weight, at + "/weight", findings);
        Weight(io.LeafWeight, at + "/leafWeight", findings);
        for (int i = 0; i < io.WeightDevice?.Count; i++)
        {
            LinuxWeightDevice device = io.WeightDevice[i];
            string entry = $"{at}/weightDevice/{i}";
            Device(device.Major, device.Minor, entry, findings);
            Weight(device.Weight, entry + "/weight", findings);
            Weight(device.LeafWeight, entry + "/leafWeight", findings);
            if (device.Weight is null && device.LeafWeight is null)
            {
                findings.Missing(entry, "weight or leafWeight");
            }
        }

        Throttle(io.ThrottleReadBpsDevice, at + "/throttleReadBpsDevice", findings);
        Throttle(io.ThrottleWriteBpsDevice, at + "/throttleWriteBpsDevice", findings);
        Throttle(io.ThrottleReadIOPSDevice, at + "/throttleReadIOPSDevice", findings);
        Throttle(io.ThrottleWriteIOPSDevice, at + "/throttleWriteIOPSDevice", findings);
    }

    private static void Throttle(List<LinuxThrottleDevice>? devices, string at, Findings findings)
    {
        for (int i = 0; i < devices?.Count; i++)
        {
            Device(devices[i].Major, devices[i].Minor, $"{at}/{i}", findings);
            if (devices[i].Rate is null)
            {
                findings.Missing($"{at}/{i}/rate", "the rate");
            }
        }
    }

    private static void Device(long? major, long? minor, string at, Findings findings)
    {
        if (major is null || minor is null)
        {
            findings.Missing(at + (major is null ? "/major" : "/minor"), "the device's number");
        }
        else if (major < 0 || minor < 0)
        {
            findings.Error(at + (major < 0 ? "/major" : "/minor"), $"{(major < 0 ? major : minor)} is out of range: not negative");
        }
    }

    private static void Weight(ushort? weight, string at, Findings findings)
    {
        if (weight is (> 0 and < 10) or > 1000)
        {
            findings.Error(at, $"{weight} is out of range: 10 to 1000");
        }
    }
}
