using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Mounts;

/// <summary>The options idmap and ridmap, with mappings of the mount's own and with the container's.</summary>
[HostOnly] // tmpfs can be idmapped since Linux 6.3; the virtual machine has 6.1
public sealed class IdMapTests
{
    private static List<IdMapping> Map(uint container, uint host, uint size = 1000) => [new() { ContainerID = container, HostID = host, Size = size }];

    [Fact]
    public void A_mounts_own_mappings_change_the_owners_that_the_guest_sees()
    {
        using TempDir source = Source();
        using Bundle bundle = Bundle.Script("stat -c '%u %g' /mnt/file; touch /mnt/made");
        Assert.Equal("5000 6000", Run(bundle, source, mount =>
        {
            mount.Options!.Add("idmap");
            mount.UidMappings = Map(0, 5000);
            mount.GidMappings = Map(0, 6000);
        }, uid: 5000, gid: 6000).Text);
        Assert.Equal("0 0", Command.Run("stat", "-c", "%u %g", source["made"]).MustSucceed().Text);
    }

    [Fact]
    public void Mappings_alone_idmap_the_mount()
    {
        using TempDir source = Source();
        using Bundle bundle = Bundle.Script("stat -c %u /mnt/file");
        Assert.Equal("5000", Run(bundle, source, mount =>
        {
            mount.UidMappings = Map(0, 5000);
            mount.GidMappings = Map(0, 6000);
        }).Text);
    }

    [Fact]
    public void Without_mappings_of_its_own_the_mount_takes_the_containers()
    {
        using TempDir source = Source();
        using Bundle bundle = Bundle.Script("stat -c '%u %g' /mnt/file; touch /mnt/made").InUserNamespace();
        Assert.Equal("0 0", Run(bundle, source, mount => mount.Options!.Add("idmap")).Text);
        Assert.Equal("0 0", Command.Run("stat", "-c", "%u %g", source["made"]).MustSucceed().Text);
    }

    [Theory]
    [InlineData("idmap", "0")]
    [InlineData("ridmap", "5000")]
    public void Only_ridmap_reaches_the_mounts_below(string option, string expected)
    {
        using TempDir source = Source();
        Directory.CreateDirectory(source["below"]);
        Command.Run("mount", "-t", "tmpfs", "test", source["below"]).MustSucceed();
        using Bundle bundle = Bundle.Script("stat -c %u /mnt /mnt/below");
        Assert.Equal(["5000", expected], Run(bundle, source, mount =>
        {
            mount.Options = ["rbind", option];
            mount.UidMappings = Map(0, 5000);
            mount.GidMappings = Map(0, 5000);
        }).Lines);
    }

    /// <summary>A tmpfs (which can be idmapped since Linux 6.3) with a file of root's.</summary>
    private static TempDir Source()
    {
        var source = new TempDir();
        Command.Run("mount", "-t", "tmpfs", "-o", "mode=777", "test", source.Path).MustSucceed();
        source.WriteFile("file", "content");
        return source;
    }

    private static CommandResult Run(Bundle bundle, TempDir source, Action<Mount> change, uint uid = 0, uint gid = 0)
    {
        var mount = new Mount { Destination = "/mnt", Source = source.Path, Options = ["bind"] };
        change(mount);
        using var cctl = new Cctl();
        bundle.With(c =>
        {
            c.Mounts!.Add(mount);
            c.Process!.User = new() { Uid = uid, Gid = gid };
        });
        return cctl.RunBundle(bundle).MustSucceed();
    }
}
