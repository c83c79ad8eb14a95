using Runtime.Cgroups;
using Runtime.Cgroups.Systemd;

namespace Unit.Tests.Cgroups.Systemd;

/// <summary>Annotations set no property that the runtime sets itself, by whatever name.</summary>
public sealed class ReservedPropertyTests
{
    private static readonly List<UnitProperty> s_limits = [new("MemoryMax", 1UL), new("TasksMax", 5UL), new("CPUQuotaPerSecUSec", 10UL), new("IOWeight", 100UL)];

    [Theory]
    [InlineData("PIDs", "@au []")]
    [InlineData("Slice", "'x.slice'")]
    [InlineData("Delegate", "false")]
    [InlineData("DelegateControllers", "['cpu']")]
    [InlineData("DevicePolicy", "'auto'")]
    [InlineData("DeviceAllow", "['a']")]
    [InlineData("MemoryAccounting", "false")]
    [InlineData("slice", "'x.slice'")]
    [InlineData("MemoryMax", "uint64 2")]
    [InlineData("MemoryMaxScale", "5")]
    [InlineData("StartupMemoryMax", "uint64 2")]
    [InlineData("MemoryLimit", "uint64 2")]
    [InlineData("TasksMax", "uint64 2")]
    [InlineData("CPUQuotaPerSecSec", "5")]
    [InlineData("BlockIOWeight", "uint64 5")]
    public void Each_is_refused_at_its_place(string name, string value)
    {
        string key = "org.systemd.property." + name;
        var e = Assert.Throws<CgroupException>(() => AnnotationProperties.From(new Dictionary<string, string> { [key] = value }, s_limits));
        Assert.Equal("/annotations/" + key, e.Pointer);
    }

    [Theory]
    [InlineData("CPUWeight", "uint64 5")]
    [InlineData("MemoryHigh", "uint64 5")]
    [InlineData("CollectMode", "'inactive'")]
    [InlineData("Description", "'mine'")]
    [InlineData("TimeoutStopSec", "5")]
    public void Others_stay_free(string name, string value) =>
        Assert.Single(AnnotationProperties.From(new Dictionary<string, string> { ["org.systemd.property." + name] = value }, s_limits));
}
