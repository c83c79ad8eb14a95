using Integration.Tests.Harness;

namespace Integration.Tests.Security.FromAuthor;

/// <summary>Paths of devices that name no file.</summary>
public sealed class DevicePathTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/.")]
    [InlineData("/..")]
    [InlineData("/dev")]
    [InlineData("/dev/")]
    [InlineData("/dev/.")]
    [InlineData("/dev/..")]
    [InlineData("/x/../dev")]
    [InlineData("/dev/fuse/")]
    public void Each_is_refused_at_its_place(string path)
    {
        using var cctl = new Cctl();
        using Bundle bundle = new Bundle("/bin/true").With(c => c.Linux!.Devices = [new() { Path = path, Type = "c", Major = 10, Minor = 229 }]);
        CommandResult result = cctl.RunBundle(bundle).MustExit(1);
        Assert.Contains($"/linux/devices/0/path: \"{path}\" names no device", result.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_with_dots_on_the_way_names_its_device()
    {
        using var cctl = new Cctl();
        using Bundle bundle = Bundle.Script("stat -c %F /x").With(c => c.Linux!.Devices = [new() { Path = "/dev/../x", Type = "c", Major = 1, Minor = 3 }]);
        Assert.Equal("character special file", cctl.RunBundle(bundle).MustSucceed().Text);
    }
}
