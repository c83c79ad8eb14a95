using OciSpec;
using Runtime.Checkpoint;

namespace Unit.Tests.Checkpoint;

/// <summary>What checkpoint images say of the host's mounts: nothing that a restore could be led by.</summary>
public sealed class ExternalMountsTests
{
    [Fact]
    public void A_key_tells_nothing_of_the_host_and_its_source_is_the_configs()
    {
        var config = new RuntimeConfig
        {
            Mounts =
            [
                new() { Destination = "/a", Type = "bind", Source = "/srv/x]:/etc", Options = ["bind"] },
                new() { Destination = "/b", Type = "tmpfs", Source = "tmpfs" },
                new() { Destination = "/c", Source = "data", Options = ["rbind"] },
            ],
            Linux = new() { Devices = [new() { Path = "/dev/fuse", Type = "c", Major = 10, Minor = 229 }] },
        };
        List<ExternalMount> keys = ExternalMounts.Of(config, "/bundle");
        Assert.All(keys, k => Assert.Matches("^cctl-(mount|node|device)-[a-z0-9.]+$", k.Key));
        Assert.Equal(keys.Count, keys.Select(k => k.Key).Distinct().Count());
        Assert.Contains(keys, k => k.Source == "/srv/x]:/etc");
        Assert.Contains(keys, k => k.Source == "/bundle/data");
        Assert.DoesNotContain(keys, k => k.Source.Contains("tmpfs", StringComparison.Ordinal));
    }
}
