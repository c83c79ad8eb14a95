using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;

namespace Unit.Tests.Cgroups;

public sealed class CgroupfsDriverTests : IDisposable
{
    private readonly FakeCgroupfs _fs = new();
    private readonly CgroupfsDriver _driver;

    public CgroupfsDriverTests() => _driver = new CgroupfsDriver(_fs.Mount());

    public void Dispose()
    {
        _driver.Dispose();
        _fs.Dispose();
    }

    [Fact]
    public void A_container_gets_a_cgroup_of_its_own_and_the_parents_above_it()
    {
        using Cgroup? cgroup = _driver.Prepare(new CgroupRequest { Id = "web", CgroupsPath = "/a/b/c", Resources = FakeCgroupfs.Unfiltered() });
        Assert.Equal(_fs.Root + "/a/b/c", cgroup!.Path);
        Assert.True(cgroup.IsNew);
        Assert.True(_fs.Exists("a/b/c"));
    }

    [Fact]
    public void An_empty_cgroup_that_exists_is_taken()
    {
        _fs.Write("a/cgroup.events", "populated 0\nfrozen 0\n");
        using Cgroup? cgroup = _driver.Prepare(new CgroupRequest { Id = "web", CgroupsPath = "/a", Resources = FakeCgroupfs.Unfiltered() });
        Assert.False(cgroup!.IsNew);
    }

    [Theory]
    [InlineData("populated 1\nfrozen 0\n", "not empty")]
    [InlineData("populated 0\nfrozen 1\n", "frozen")]
    public void A_cgroup_in_use_or_frozen_is_refused_and_left_alone(string events, string reason)
    {
        _fs.Write("a/cgroup.events", events);
        var e = Assert.Throws<CgroupException>(() => _driver.Prepare(new CgroupRequest { Id = "web", CgroupsPath = "/a", Resources = FakeCgroupfs.Unfiltered() }));
        Assert.Equal("/linux/cgroupsPath", e.Pointer);
        Assert.Contains(reason, e.Message);
        Assert.True(_fs.Exists("a"));
    }

    [Fact]
    public void Without_a_cgroup_mount_a_container_without_limits_is_warned_and_one_with_limits_refused()
    {
        using var driver = new CgroupfsDriver(null);
        var request = new CgroupRequest { Id = "web" };
        Assert.Null(driver.Prepare(request));
        Assert.Single(request.Warnings);
        var limited = new CgroupRequest { Id = "web", Resources = new LinuxResources { Pids = new LinuxPids { Limit = 5 } } };
        Assert.Equal("/linux/resources/pids", Assert.Throws<CgroupException>(() => driver.Prepare(limited)).Pointer);
    }

    [Fact]
    public void The_disabled_driver_refuses_limits_and_makes_nothing()
    {
        var driver = new DisabledDriver();
        Assert.Null(driver.Prepare(new CgroupRequest { Id = "web" }));
        var limited = new CgroupRequest { Id = "web", Resources = new LinuxResources { Memory = new LinuxMemory { Limit = 5 } } };
        Assert.Throws<CgroupException>(() => driver.Prepare(limited));
    }

    [Fact]
    public void Removing_a_cgroup_that_is_gone_is_no_error() =>
        _driver.Remove(new CgroupRequest { Id = "web" }, _fs.Root + "/none", 100);

    [Fact]
    public void Nested_cgroups_are_removed_depth_first()
    {
        Directory.CreateDirectory(_fs.Root + "/a/b/c");
        Directory.CreateDirectory(_fs.Root + "/a/d");
        _driver.Remove(new CgroupRequest { Id = "web" }, _fs.Root + "/a", 100);
        Assert.False(_fs.Exists("a"));
    }

    [Fact]
    public void Processes_are_those_of_the_cgroup_and_of_all_below_it()
    {
        _fs.Write("a/cgroup.procs", "12\n7\n");
        _fs.Write("a/b/cgroup.procs", "0\n99\n");
        using Cgroup cgroup = Cgroup.Open(_fs.Root + "/a")!;
        Assert.Equal([12, 7, 99], cgroup.Processes());
    }

    [Fact]
    public void Killing_writes_cgroup_kill()
    {
        _fs.Write("a/cgroup.kill", string.Empty);
        using Cgroup cgroup = Cgroup.Open(_fs.Root + "/a")!;
        cgroup.Kill();
        Assert.Equal("1", _fs.Read("a/cgroup.kill"));
    }

    [Fact]
    public void A_freeze_that_does_not_end_in_time_is_taken_back()
    {
        _fs.Write("a/cgroup.freeze", "0");
        _fs.Write("a/cgroup.events", "populated 1\nfrozen 0\n");
        using Cgroup cgroup = Cgroup.Open(_fs.Root + "/a")!;
        var e = Assert.Throws<CgroupException>(() => cgroup.Freeze(1));
        Assert.Equal(Runtime.Linux.Errno.ETIME, e.Errno);
        Assert.Equal("0", _fs.Read("a/cgroup.freeze"));
    }

    [Fact]
    public void A_path_that_is_gone_opens_as_none() => Assert.Null(Cgroup.Open(_fs.Root + "/none"));
}
