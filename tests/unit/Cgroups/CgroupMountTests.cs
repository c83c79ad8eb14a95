using Runtime.Cgroups;

namespace Unit.Tests.Cgroups;

public class CgroupMountTests
{
    [Fact]
    public void On_a_unified_host_the_mount_is_the_cgroup2_line()
    {
        ReadOnlySpan<byte> text = "22 1 0:21 / /proc rw - proc proc rw\n30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"u8;
        Assert.Equal("/sys/fs/cgroup", CgroupMount.PathIn(text));
        Assert.Empty(CgroupMount.V1BindingsIn(text));
    }

    [Fact]
    public void On_a_hybrid_host_the_v1_mounts_name_their_controllers()
    {
        ReadOnlySpan<byte> text = """
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
            35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            """u8;
        Assert.Equal("/sys/fs/cgroup/unified", CgroupMount.PathIn(text));
        List<V1Binding> bindings = CgroupMount.V1BindingsIn(text);
        Assert.True(bindings[0].Has("cpu"));
        Assert.True(bindings[0].Has("cpuacct"));
        Assert.False(bindings[0].Has("cpua"));
        Assert.Equal("/sys/fs/cgroup/memory", bindings[1].MountPoint);
    }

    [Fact]
    public void Escapes_in_a_mount_point_are_undone() =>
        Assert.Equal("/mnt/a b\\c", CgroupMount.PathIn("1 2 0:1 / /mnt/a\\040b\\134c rw - cgroup2 none rw"u8));

    [Theory]
    [InlineData("")]
    [InlineData("garbage\n\n- cgroup2\n")]
    [InlineData("1 2 0:1 / /x rw - tmpfs cgroup2 rw\n")]
    public void Without_a_cgroup2_mount_there_is_none(string text) =>
        Assert.Null(CgroupMount.PathIn(System.Text.Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void The_own_cgroup_is_the_line_of_hierarchy_zero()
    {
        Assert.Equal("/user.slice/x", CgroupMount.OwnCgroupIn("4:memory:/m\n0::/user.slice/x\n"u8));
        Assert.Equal("/x", CgroupMount.OwnCgroupIn("0::/x (deleted)\n"u8));
        Assert.Null(CgroupMount.OwnCgroupIn("4:memory:/m\n"u8));
    }

    [Theory]
    [InlineData("/a/b", "/", "a/b")]
    [InlineData("/", "/", "")]
    [InlineData("/a/b", "/a", "b")]
    [InlineData("/a", "/a", "")]
    [InlineData("/ab", "/a", null)]
    [InlineData("/../x", "/", null)]
    public void The_own_cgroup_is_seen_from_the_mounts_root(string own, string root, string? expected) =>
        Assert.Equal(expected, CgroupMount.Below(own, root));
}
