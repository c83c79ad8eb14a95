using OciSpec;
using Runtime.Launch;
using Runtime.Namespaces.Resolution;

namespace Unit.Tests.Launch;

public class CgroupOwnerTests
{
    [Theory]
    [InlineData("cgroup", "nosuid,rw", true)]
    [InlineData("cgroup2", "", true)]
    [InlineData("cgroup", "ro", false)]
    [InlineData("cgroup", "ro,rw", true)]
    [InlineData("cgroup", "rw,ro", false)]
    [InlineData("bind", "rw", false)]
    [InlineData("tmpfs", "", false)]
    public void A_cgroup_is_given_where_it_is_mounted_writable(string type, string options, bool given) =>
        Assert.Equal(given, CgroupOwner.IsAskedFor(Resolve(Config(type, options, "cgroup"))));

    [Fact]
    public void It_is_given_only_with_a_new_cgroup_namespace()
    {
        Assert.False(CgroupOwner.IsAskedFor(Resolve(Config("cgroup", "rw"))));
        RuntimeConfig joined = Config("cgroup", "rw", "cgroup");
        joined.Linux!.Namespaces![0].Path = "/proc/1/ns/cgroup";
        Assert.False(CgroupOwner.IsAskedFor(Resolve(joined)));
    }

    [Fact]
    public void A_mount_that_covers_the_cgroup_mount_counts()
    {
        RuntimeConfig config = Config("cgroup", "rw", "cgroup");
        config.Mounts!.Add(new Mount { Destination = "/sys/fs/cgroup", Type = "tmpfs" });
        Assert.False(CgroupOwner.IsAskedFor(Resolve(config)));
    }

    [Theory]
    [InlineData(0U, 100_000U)]
    [InlineData(999U, 100_999U)]
    [InlineData(1000U, 5000U)]
    [InlineData(1001U, null)]
    public void The_owner_is_the_processs_user_as_the_host_sees_it(uint uid, uint? host)
    {
        RuntimeConfig config = Config("cgroup", "rw", "cgroup", "user");
        config.Process = new ProcessSpec { User = new UserSpec { Uid = uid } };
        config.Linux!.UidMappings = [new() { ContainerID = 0, HostID = 100_000, Size = 1000 }, new() { ContainerID = 1000, HostID = 5000, Size = 1 }];
        Assert.Equal(host, CgroupOwner.HostUid(Resolve(config)));
        config.Linux.Namespaces!.RemoveAll(n => n.Type == "user");
        Assert.Equal(uid, CgroupOwner.HostUid(Resolve(config)));
    }

    private static RuntimeConfig Config(string type, string options, params string[] namespaces) => new()
    {
        Mounts = [new Mount { Destination = "/sys/fs/cgroup", Type = type, Options = [.. options.Split(',', StringSplitOptions.RemoveEmptyEntries)] }],
        Linux = new LinuxSection { Namespaces = [.. namespaces.Select(n => new LinuxNamespace { Type = n })] },
    };

    private static ResolvedConfig Resolve(RuntimeConfig config) => ResolvedConfig.Of(config, "/bundle");
}
