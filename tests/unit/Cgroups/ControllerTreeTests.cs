using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;
using Runtime.Cgroups.Limits;

namespace Unit.Tests.Cgroups;

public sealed class ControllerTreeTests : IDisposable
{
    private readonly FakeCgroupfs _fs = new();
    private readonly CgroupfsDriver _driver;

    public ControllerTreeTests() => _driver = new CgroupfsDriver(_fs.Mount());

    public void Dispose()
    {
        _driver.Dispose();
        _fs.Dispose();
    }

    [Fact]
    public void Controllers_are_enabled_from_the_mount_to_the_parent()
    {
        _fs.Write("cgroup.controllers", "memory\n");
        _fs.Write("cgroup.subtree_control", string.Empty);
        _fs.Write("a/cgroup.subtree_control", string.Empty);
        _fs.Write("a/b/memory.max", string.Empty);
        using Cgroup? cgroup = _driver.Prepare(Request("/a/b", new() { Memory = new() { Limit = 4096 } }));
        Assert.Equal("+memory", _fs.Read("cgroup.subtree_control"));
        Assert.Equal("+memory", _fs.Read("a/cgroup.subtree_control"));
        Assert.Equal("4096", _fs.Read("a/b/memory.max"));
    }

    [Fact]
    public void Controllers_that_the_cgroup_has_are_not_enabled_again()
    {
        _fs.Write("cgroup.subtree_control", "untouched");
        _fs.Write("a/cgroup.controllers", "cpu memory\n");
        _fs.Write("a/memory.max", string.Empty);
        using Cgroup? cgroup = _driver.Prepare(Request("/a", new() { Memory = new() { Limit = 4096 } }));
        Assert.Equal("untouched", _fs.Read("cgroup.subtree_control"));
    }

    [Fact]
    public void New_parents_get_every_controller_even_without_limits()
    {
        _fs.Write("cgroup.controllers", "cpu memory\n");
        _fs.Write("cgroup.subtree_control", string.Empty);
        using Cgroup? cgroup = _driver.Prepare(Request("/new/leaf", null));
        Assert.Equal("+cpu +memory", _fs.Read("cgroup.subtree_control"));
    }

    [Fact]
    public void Parents_that_somebody_else_made_give_every_controller_too()
    {
        _fs.Write("cgroup.controllers", "cpu memory\n");
        _fs.Write("cgroup.subtree_control", "cpu memory");
        _fs.Write("pre/cgroup.subtree_control", string.Empty);
        using Cgroup? cgroup = _driver.Prepare(Request("/pre/leaf", null));
        Assert.Equal("cpu memory", _fs.Read("cgroup.subtree_control"));
        Assert.Equal("+cpu +memory", _fs.Read("pre/cgroup.subtree_control"));
    }

    [Fact]
    public void A_parent_with_processes_is_left_alone_and_a_limit_below_it_refused()
    {
        _fs.Write("cgroup.controllers", "cpu memory\n");
        _fs.Write("cgroup.subtree_control", "memory");
        _fs.Write("busy/cgroup.type", "domain\n");
        _fs.Write("busy/cgroup.procs", "12\n");
        _fs.Write("busy/cgroup.subtree_control", string.Empty);
        using (Cgroup? cgroup = _driver.Prepare(Request("/busy/new/leaf", null)))
        {
            Assert.Equal(string.Empty, _fs.Read("busy/cgroup.subtree_control"));
        }

        var e = Assert.Throws<CgroupException>(() => _driver.Prepare(Request("/busy/limited", new() { Memory = new() { Limit = 4096 } })));
        Assert.Equal($"/linux/resources/memory/limit: enable the memory controller in {_fs.Root}/busy: EBUSY: processes live in it, and a cgroup with controllers for its children can have none: choose a cgroupsPath elsewhere, or move them into a child", e.Message);
        Assert.Equal(string.Empty, _fs.Read("busy/cgroup.subtree_control"));
    }

    [Fact]
    public void A_refused_limit_leaves_no_cgroup_behind()
    {
        _fs.Write("cgroup.controllers", "cpu\n");
        var e = Assert.Throws<CgroupException>(() => _driver.Prepare(Request("/new/leaf", new() { Memory = new() { Limit = 4096 } })));
        Assert.Equal("/linux/resources/memory/limit", e.Pointer);
        Assert.False(_fs.Exists("new/leaf"));
    }

    [Fact]
    public void A_controller_bound_to_v1_is_named_with_its_mount_and_the_boot_option()
    {
        var bindings = new List<V1Binding> { new("/sys/fs/cgroup/blkio", "rw,blkio"), new("/sys/fs/cgroup/memory", "rw,memory") };
        Assert.Equal(
            "the io controller is bound to cgroup v1 at /sys/fs/cgroup/blkio: boot with systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=all",
            MissingController.Explain("io", "/m", bindings, string.Empty));
    }

    [Theory]
    [InlineData("memory\t0\t1\t0\n", "the memory controller is switched off: boot with cgroup_enable=memory, without cgroup_disable=memory")]
    [InlineData("memory\t0\t1\t1\n", "/m has no memory controller: the kernel is built without it, or it is not delegated to this cgroup namespace")]
    public void A_controller_that_is_nowhere_is_explained(string procCgroups, string expected) =>
        Assert.Equal(expected, MissingController.Explain("memory", "/m", [], procCgroups));

    private static CgroupRequest Request(string path, LinuxResources? resources) => new() { Id = "c", CgroupsPath = path, Resources = FakeCgroupfs.Unfiltered(resources) };
}
