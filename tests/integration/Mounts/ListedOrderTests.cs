using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Mounts;

/// <summary>config.md, "Mounts": the runtime mounts entries in the listed order, also where one is another's source.</summary>
public sealed class ListedOrderTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly TempDir _source = new();

    public ListedOrderTests() => _source.WriteFile("file", "content");

    public void Dispose()
    {
        _cctl.Dispose();
        _source.Dispose();
    }

    [Theory]
    [InlineData("first", "/second/file")]
    [InlineData("first/file", "/second")]
    public void A_source_is_what_the_mount_before_it_shows(string source, string place)
    {
        using Bundle bundle = Bundle.Script($"cat {place}");
        Assert.Equal("content", Run(
            bundle,
            new Mount { Destination = "/first", Source = _source.Path, Options = ["bind"] },
            new Mount { Destination = "/second", Source = "rootfs/" + source, Options = ["rbind"] }));
    }

    [Fact]
    public void A_mount_below_a_source_comes_with_it()
    {
        using Bundle bundle = Bundle.Script("cat /second/in/file; ls -A /third/in");
        Assert.Equal("content", Run(
            bundle,
            new Mount { Destination = "/first/in", Source = _source.Path, Options = ["bind"] },
            new Mount { Destination = "/second", Source = "rootfs/first", Options = ["rbind"] },
            new Mount { Destination = "/third", Source = "rootfs/first", Options = ["bind"] }));
    }

    [Fact]
    public void A_link_in_such_a_source_stays_inside_the_root()
    {
        using Bundle bundle = Bundle.Script("cat /second");
        File.CreateSymbolicLink(_source["link"], "/inner");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "inner"), "the guest's");
        Assert.Equal("the guest's", Run(
            bundle,
            new Mount { Destination = "/first", Source = _source.Path, Options = ["bind"] },
            new Mount { Destination = "/second", Source = "rootfs/first/link", Options = ["bind"] }));
    }

    [Fact]
    public void A_source_that_no_mount_before_it_provides_may_have_any_mount_after_it()
    {
        using Bundle bundle = Bundle.Script("cat /second/own");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "first"));
        File.WriteAllText(Path.Combine(bundle.Rootfs, "first/own"), "covered");
        Assert.Equal("covered", Run(
            bundle,
            new Mount { Destination = "/second", Source = "rootfs/first", Options = ["bind"] },
            new Mount { Destination = "/first", Source = _source.Path, Options = ["bind"] }));
    }

    private string Run(Bundle bundle, params Mount[] mounts) => _cctl.RunBundle(bundle.With(c => c.Mounts!.AddRange(mounts))).MustSucceed().Text;
}
