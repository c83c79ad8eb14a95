using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Resolution;

namespace Unit.Tests.Launch;

/// <summary>What the host is asked for, once.</summary>
public sealed class ResolvedConfigTests : IDisposable
{
    private readonly string _bundle = Directory.CreateTempSubdirectory("cctl-test-").FullName;

    [Theory]
    [InlineData("/etc/passwd", "passwd")]
    [InlineData("/etc/../etc/passwd", "./passwd")]
    [InlineData("/etc", ".")]
    public void Home_comes_from_a_source_beside_the_config_not_beside_the_caller(string destination, string source)
    {
        File.WriteAllText(Path.Combine(_bundle, "passwd"), "root:x:0:0::/root:/bin/sh\nweb:x:1000:1000::/srv/web:/bin/sh\n");
        RuntimeConfig config = Plans.Config();
        config.Process!.Env = ["PATH=/bin"];
        config.Process.User = new() { Uid = 1000 };
        config.Root!.Path = ".";
        config.Mounts!.Add(new() { Destination = destination, Source = source, Type = "bind", Options = ["bind"] });
        Assert.Equal("/srv/web", ResolvedConfig.Of(config, _bundle).Home);
    }

    [Fact]
    public void An_environment_that_has_a_home_keeps_it()
    {
        RuntimeConfig config = Plans.Config();
        Assert.Null(ResolvedConfig.Of(config, _bundle).Home);
        config.Process!.Env = ["HOME="];
        Assert.Equal("/", ResolvedConfig.Of(config, _bundle).Home);
    }

    [Fact]
    public void Sources_and_root_are_absolute_and_destinations_below_the_root()
    {
        Directory.CreateDirectory(Path.Combine(_bundle, "data"));
        RuntimeConfig config = Plans.Config();
        config.Mounts =
        [
            new() { Destination = "/srv/../srv//data/", Source = "data", Type = "bind" },
            new() { Destination = "/file", Source = "config.json", Options = ["rbind"] },
            new() { Destination = "/tmp", Source = "tmpfs", Type = "tmpfs" },
            new() { Destination = "/srv/data", Source = "data", Options = ["bind", "remount", "ro"] },
        ];
        ResolvedConfig resolved = ResolvedConfig.Of(config, _bundle);
        Assert.Equal(_bundle + "/rootfs", resolved.RootPath);
        Assert.Equal([_bundle + "/data", _bundle + "/config.json", null, null], resolved.Mounts.Select(m => m.Source));
        Assert.Equal([true, false, true, true], resolved.Mounts.Select(m => m.BindsDirectory));
        Assert.Equal(["srv/data", "file", "tmp", "srv/data"], resolved.Mounts.Select(m => m.Target));
        Assert.Equal([true, true, false, false], resolved.Mounts.Select(m => m.Binds));
    }

    [Fact]
    public void Namespaces_are_made_or_joined()
    {
        RuntimeConfig config = Plans.Config(linux: """ "namespaces": [{ "type": "mount" }, { "type": "pid", "path": "/proc/7/ns/pid" }, { "type": "user", "path": "" }] """);
        NamespaceSet set = NamespaceSet.Of(config);
        Assert.Equal(Abi.CLONE_NEWNS | Abi.CLONE_NEWUSER, set.Made);
        Assert.Equal(new JoinedNamespace(1, Abi.CLONE_NEWPID, "/proc/7/ns/pid"), Assert.Single(set.Joined));
        Assert.True(set.Joins(Abi.CLONE_NEWPID) && set.Lists(Abi.CLONE_NEWUSER) && !set.Makes(Abi.CLONE_NEWPID) && !set.Lists(Abi.CLONE_NEWNET));
        Assert.Equal(0UL, ResolvedConfig.OfRunning(config, _bundle, 7).Namespaces.Made);
    }

    [Theory]
    [InlineData(0U, 100_000U)]
    [InlineData(999U, 100_999U)]
    [InlineData(1000U, 7U)]
    [InlineData(1001U, null)]
    public void Ids_are_mapped_by_the_range_that_has_them(uint id, uint? host) =>
        Assert.Equal(host, IdMappings.ToHost([new() { ContainerID = 0, HostID = 100_000, Size = 1000 }, new() { ContainerID = 1000, HostID = 7, Size = 1 }], id));

    public void Dispose() => Directory.Delete(_bundle, recursive: true);
}
