using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Controllers;
using Runtime.Cgroups.Devices;
using Runtime.Cgroups.Limits;
using Runtime.Cgroups.Systemd;

namespace Unit.Tests.Cgroups.Systemd;

public class UnitTests
{
    [Theory]
    [InlineData(null, false, "system.slice", "cctl-web.scope")]
    [InlineData("", true, "user.slice", "cctl-web.scope")]
    [InlineData("machine.slice:libpod:abc", false, "machine.slice", "libpod-abc.scope")]
    [InlineData("a-b.slice::abc", false, "a-b.slice", "abc.scope")]
    [InlineData(":cri:", false, "system.slice", "cri-web.scope")]
    [InlineData("-.slice:x:a+b", false, "-.slice", "x-a\\x2bb.scope")]
    public void A_path_names_slice_and_scope(string? path, bool rootless, string slice, string unit) =>
        Assert.Equal(new UnitName(slice, unit), UnitName.From(path, "web", rootless));

    [Theory]
    [InlineData("/a/b")]
    [InlineData("a:b")]
    [InlineData("nodot:x:y")]
    [InlineData("a--b.slice:x:y")]
    [InlineData("../a.slice:x:y")]
    [InlineData("a.slice:x:y.slice")]
    public void A_path_of_another_form_is_refused(string path) =>
        Assert.Equal("/linux/cgroupsPath", Assert.Throws<CgroupException>(() => UnitName.From(path, "web", false)).Pointer);

    [Theory]
    [InlineData("-.slice", "/")]
    [InlineData("system.slice", "/system.slice")]
    [InlineData("a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice")]
    public void Dashes_in_a_slice_are_levels(string slice, string expected) => Assert.Equal(expected, UnitName.Expand(slice));

    [Fact]
    public void Limits_are_properties_of_the_unit()
    {
        var resources = new LinuxResources
        {
            Memory = new() { Limit = 1048576, Swap = -1, Reservation = 4096 },
            Cpu = new() { Shares = 1024, Quota = 12345, Period = 50000, Cpus = "0-2,9", Mems = "0" },
            Pids = new() { Limit = -1 },
            BlockIO = new()
            {
                Weight = 1000,
                WeightDevice = [new() { Major = 8, Minor = 0, Weight = 10 }, new() { Major = 8, Minor = 16, Weight = 1000 }],
                ThrottleReadBpsDevice = [new() { Major = 8, Minor = 0, Rate = 5 }, new() { Major = 8, Minor = 16, Rate = 0 }],
                ThrottleWriteIOPSDevice = [new() { Major = 8, Minor = 0, Rate = 7 }],
            },
            HugepageLimits = [new() { PageSize = "2MB", Limit = 0 }],
            Unified = new() { ["memory.high"] = "512K", ["memory.min"] = "7", ["io.latency"] = "8:0 target=100" },
        };
        Assert.Equal(
            [
                "MemoryMax = 1048576", "MemorySwapMax = infinity", "MemoryLow = 4096",
                "CPUWeight = 100", "CPUQuotaPeriodUSec = 50000", "CPUQuotaPerSecUSec = 250000",
                "AllowedCPUs = 0702", "AllowedMemoryNodes = 01", "TasksMax = infinity",
                "IOWeight = 10000", "IODeviceWeight = /dev/block/8:0 1, /dev/block/8:16 10000",
                "IOReadBandwidthMax = /dev/block/8:0 5, /dev/block/8:16 18446744073709551615", "IOWriteIOPSMax = /dev/block/8:0 7",
                "MemoryMin = 7", "IODeviceLatencyTargetUSec = /dev/block/8:0 100",
            ],
            Print(UnitLimits.From(ResourceLimits.Compile(resources, strict: false).Writes, 252)));
    }

    [Theory]
    [InlineData("max", "CPUQuotaPerSecUSec = infinity")]
    [InlineData("50000", "CPUQuotaPerSecUSec = 500000")]
    [InlineData("100001 100000", "CPUQuotaPerSecUSec = 1010000")]
    public void A_quota_is_whole_percents_of_a_second_rounded_up(string value, string expected) =>
        Assert.Equal(expected, UnitLimits.From([new(string.Empty, "cpu.max", value)], 252)[^1].ToString());

    [Fact]
    public void Idle_is_told_to_a_systemd_that_knows_it()
    {
        List<CgroupWrite> writes = [new(string.Empty, "cpu.idle", "1")];
        Assert.Equal(["CPUWeight = 0"], Print(UnitLimits.From(writes, 252)));
        Assert.Empty(UnitLimits.From(writes, 251));
    }

    [Fact]
    public void The_device_rules_become_a_strict_list()
    {
        const string Drivers = "Character devices:\n  1 mem\n136 pts\n\nBlock devices:\n  8 sd\n136 other\n";
        List<UnitProperty> properties = UnitDevices.From(DeviceRules.For([new() { Allow = true, Type = "b", Major = 8, Access = "r" }]), Drivers);
        Assert.Equal(["DevicePolicy = strict", "DeviceAllow = "], Print(properties)[..2]);
        string list = properties[2].ToString();
        Assert.StartsWith("DeviceAllow = block-sd r, char-* m, block-* m, /dev/char/1:3 rwm", list);
        Assert.Contains("char-pts rwm", list);
    }

    [Fact]
    public void A_device_that_systemd_has_no_name_for_is_left_to_our_own_filter()
    {
        List<UnitProperty> properties = UnitDevices.From(DeviceRules.For([new() { Allow = true, Type = "c", Minor = 5, Access = "r" }]), string.Empty);
        Assert.Equal(["DevicePolicy = auto", "DeviceAllow = "], Print(properties));
        Assert.Equal(["DevicePolicy = auto", "DeviceAllow = "], Print(UnitDevices.From(DeviceRules.For([new() { Allow = true }]), string.Empty)));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("'it\\'s'", "it's")]
    [InlineData("\"a b\"", "a b")]
    [InlineData("5", 5)]
    [InlineData("uint64 5", 5UL)]
    [InlineData("byte 255", (byte)255)]
    [InlineData("int64 -5", -5L)]
    [InlineData("double 1.5", 1.5)]
    [InlineData("['a', 'b']", new[] { "a", "b" })]
    [InlineData("@as []", new string[0])]
    [InlineData("byte 256", null)]
    [InlineData("'open", null)]
    [InlineData("['a' 'b']", null)]
    [InlineData("[", null)]
    [InlineData("", null)]
    [InlineData("word", null)]
    [InlineData("'a' b", null)]
    public void Values_are_read_as_gvariant_text(string text, object? expected) => Assert.Equal(expected, GVariantText.Parse(text));

    [Fact]
    public void Annotations_become_properties_and_seconds_microseconds()
    {
        var annotations = new Dictionary<string, string>
        {
            ["other"] = "x",
            ["org.systemd.property.CollectMode"] = "'inactive'",
            ["org.systemd.property.TimeoutStopSec"] = "uint64 2",
        };
        Assert.Equal(["CollectMode = inactive", "TimeoutStopUSec = 2000000"], Print(AnnotationProperties.From(annotations, [])));
    }

    [Theory]
    [InlineData("org.systemd.property.A", "true")]
    [InlineData("org.systemd.property.Kill-Mode", "true")]
    [InlineData("org.systemd.property.TimeoutStopSec", "'soon'")]
    [InlineData("org.systemd.property.KillMode", "none")]
    public void A_malformed_annotation_is_refused_with_its_pointer(string key, string value)
    {
        var e = Assert.Throws<CgroupException>(() => AnnotationProperties.From(new Dictionary<string, string> { [key] = value }, []));
        Assert.Equal("/annotations/" + key, e.Pointer);
    }

    private static List<string> Print(List<UnitProperty> properties) => properties.ConvertAll(p => p.ToString());
}
