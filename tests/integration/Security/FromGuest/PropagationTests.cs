using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromGuest;

/// <summary>mount_namespaces(7): a guest mounts below a volume that is rshared. The host (a private one, all of it shared) sees it if the root's propagation says so, too.</summary>
public sealed class PropagationTests : IDisposable
{
    private readonly Attack _attack = new();
    private readonly PrivateHost _host = new("mount --make-rshared /");

    [Theory]
    [InlineData(null, false)]
    [InlineData("private", false)]
    [InlineData("rprivate", false)]
    [InlineData("slave", false)]
    [InlineData("rslave", false)]
    [InlineData("shared", true)]
    [InlineData("rshared", true)]
    public void A_mount_below_a_shared_volume_reaches_the_host_only_with_a_shared_root(string? root, bool reaches)
    {
        string below = _attack.Host["below"];
        Directory.CreateDirectory(below);
        Bundle bundle = _attack.Guest("mount -t tmpfs none /volume/below && echo mounted", "CAP_SYS_ADMIN").With(c =>
        {
            c.Mounts!.Add(new() { Destination = "/volume", Type = "bind", Source = _attack.Host.Path, Options = ["rbind", "rshared"] });
            c.Linux!.RootfsPropagation = root;
        });
        CommandResult result = _host.Command(Cctl.Executable, "--root", _attack.Cctl.StateRoot, "run", "--bundle", bundle.Path, Cctl.NewId()).Run();
        Assert.Equal("mounted", result.MustSucceed().Text);
        Assert.Equal(reaches, _host.Shell("cat /proc/self/mountinfo").MustSucceed().Stdout.Contains($" {below} ", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _attack.Dispose();
        _host.Dispose();
    }
}
