using OciSpec;
using Runtime.Launch;
using Runtime.Linux;
using Runtime.Namespaces;
using Runtime.Owned;

namespace Unit.Tests.Launch;

/// <summary>config-linux.md, "IntelRdt", against a directory that stands for resctrl: the machines of the tests have none.</summary>
public sealed class ResctrlGroupTests : IDisposable
{
    private readonly string _mount = Directory.CreateTempSubdirectory("cctl-resctrl-").FullName;
    private readonly List<string> _writes = [];

    public void Dispose() => Directory.Delete(_mount, recursive: true);

    private ResctrlGroup Plan(LinuxIntelRdt config, string id = "guest") => ResctrlGroup.Plan(_mount, id, config, (path, text) =>
    {
        Assert.True(Directory.Exists(Path.GetDirectoryName(path)), path);
        _writes.Add($"{path[(_mount.Length + 1)..]}={text.TrimEnd('\n')}");
        return Errno.OK;
    });

    private ResctrlGroup Enter(LinuxIntelRdt config)
    {
        ResctrlGroup group = Plan(config);
        group.Make();
        group.Enter(42);
        return group;
    }

    private void Existing(string name, string schemata)
    {
        Directory.CreateDirectory(Path.Combine(_mount, name));
        File.WriteAllText(Path.Combine(_mount, name, "schemata"), schemata);
    }

    [Fact]
    public void Without_a_closID_the_group_has_the_containers_name_and_goes_with_it()
    {
        ResctrlGroup group = Enter(new() { L3CacheSchema = "L3:0=f", MemBwSchema = "MB:0=20", Schemata = ["L2:0=1"] });
        Assert.Equal(["guest/schemata=L3:0=f", "guest/schemata=MB:0=20", "guest/schemata=L2:0=1", "guest/tasks=42"], _writes);
        Assert.Equal(_mount + "/guest", group.Owned);
    }

    [Fact]
    public void Without_limits_no_schemata_is_written()
    {
        Enter(new());
        Assert.Equal(["guest/tasks=42"], _writes);
    }

    [Fact]
    public void Bandwidth_among_the_caches_lines_gives_way_to_memBwSchema()
    {
        Enter(new() { L3CacheSchema = "MB:0=10\nL3:0=f", MemBwSchema = "MB:0=20" });
        Assert.Equal(["guest/schemata=L3:0=f", "guest/schemata=MB:0=20", "guest/tasks=42"], _writes);
    }

    [Fact]
    public void A_group_of_somebody_elses_is_entered_and_stays()
    {
        Existing("shared", "    L3:0=f\n    MB:0=20\n");
        ResctrlGroup group = Enter(new() { ClosID = "shared", L3CacheSchema = "L3:0=f", MemBwSchema = "MB:0=20" });
        Assert.Equal(["shared/tasks=42"], _writes);
        Assert.Null(group.Owned);
    }

    [Fact]
    public void A_group_of_somebody_elses_with_other_limits_is_refused()
    {
        Existing("shared", "L3:0=3\n");
        LaunchException e = Assert.Throws<LaunchException>(() => Enter(new() { ClosID = "shared", L3CacheSchema = "L3:0=f" }));
        Assert.StartsWith("/linux/intelRdt/l3CacheSchema: ", e.Message, StringComparison.Ordinal);
        Assert.Empty(_writes);
    }

    [Fact]
    public void A_named_group_without_limits_must_exist()
    {
        LaunchException e = Assert.Throws<LaunchException>(() => Plan(new() { ClosID = "missing" }));
        Assert.StartsWith("/linux/intelRdt/closID: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_group_with_limits_is_made_and_goes_with_the_container()
    {
        ResctrlGroup group = Enter(new() { ClosID = "fresh", Schemata = ["L3:0=f"] });
        Assert.Equal(["fresh/schemata=L3:0=f", "fresh/tasks=42"], _writes);
        Assert.Equal(_mount + "/fresh", group.Owned);
    }

    [Fact]
    public void The_root_group_is_never_removed()
    {
        ResctrlGroup group = Enter(new() { ClosID = "/" });
        Assert.Equal(["tasks=42"], _writes);
        Assert.Null(group.Owned);
    }

    [Fact]
    public void Monitoring_makes_a_group_of_its_own_which_goes_with_the_container()
    {
        Existing("shared", "");
        Directory.CreateDirectory(Path.Combine(_mount, "shared/mon_groups"));
        ResctrlGroup group = Enter(new() { ClosID = "shared", EnableMonitoring = true });
        Assert.Equal(["shared/tasks=42", "shared/mon_groups/guest/tasks=42"], _writes);
        Assert.Equal(_mount + "/shared/mon_groups/guest", group.Owned);
    }

    [Theory]
    [InlineData("30 1 0:30 / /sys/fs/resctrl rw,relatime - resctrl resctrl rw\n", "/sys/fs/resctrl")]
    [InlineData("30 1 0:30 / /odd\\040place rw - resctrl resctrl rw\n", "/odd place")]
    [InlineData("30 1 0:30 / /resctrl rw - tmpfs resctrl rw\n", null)]
    public void The_mount_is_found_by_its_type(string mountinfo, string? expected) =>
        Assert.Equal(expected, ResctrlGroup.MountPoint(System.Text.Encoding.UTF8.GetBytes(mountinfo)));
}
