using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>A mount over the guest's own root would hide it from all that follows: what is checked would not be what runs.</summary>
public sealed class RootMountTests : IDisposable
{
    private readonly Attack _attack = new();

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/..")]
    [InlineData("/.")]
    [InlineData(".")]
    [InlineData("/tmp/..")]
    [InlineData("/link")]
    [InlineData("/relative")]
    public void A_bind_over_the_root_is_refused_at_its_destination(string destination)
    {
        Bundle bundle = _attack.Guest("cat /secret").With(c => c.Mounts!.Add(new() { Destination = destination, Type = "bind", Source = _attack.Host.Path, Options = ["bind"] }));
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "link"), "/");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "relative"), "tmp/../../..");
        CommandResult result = _attack.Cctl.RunBundle(bundle).MustExit(1);
        Assert.Contains("/mounts/7/destination", result.Stderr, StringComparison.Ordinal);
        _attack.AssertNoSecret(result.Stdout);
    }

    public void Dispose() => _attack.Dispose();
}
