using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Mounts;

/// <summary>Places that are reached over links which lead to nothing yet: what they name is made, inside the root.</summary>
public sealed class DanglingLinkTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly TempDir _source = new();

    public DanglingLinkTests() => _source.WriteFile("file", "content");

    public void Dispose()
    {
        _cctl.Dispose();
        _source.Dispose();
    }

    [Theory]
    [InlineData("/run", "run/secrets")]
    [InlineData("../run2", "run2/secrets")]
    [InlineData("../../../../run3/deep/er", "run3/deep/er/secrets")]
    [InlineData("other", "var/third/secrets")]
    public void A_directory_is_made_where_its_links_lead(string target, string place)
    {
        using Bundle bundle = Bundle.Script($"cat /{place}/file /var/run/secrets/file");
        Directory.Delete(Path.Combine(bundle.Rootfs, "run"), recursive: true);
        Link(bundle, "var/run", target);
        Link(bundle, "var/other", "third");
        CommandResult result = Run(bundle, new Mount { Destination = "/var/run/secrets", Source = _source.Path, Options = ["bind"] });
        Assert.Equal("contentcontent", result.Text);
    }

    [Theory]
    [InlineData("../foo/bar", "foo/bar")]
    [InlineData("/foo//bar", "foo/bar")]
    [InlineData("y", "etc/y")]
    public void A_file_is_made_where_its_link_leads(string target, string place)
    {
        using Bundle bundle = Bundle.Script($"cat /{place}");
        Link(bundle, "etc/x", target);
        Assert.Equal("content", Run(bundle, new Mount { Destination = "/etc/x", Source = _source["file"], Options = ["bind"] }).Text);
        Assert.True(File.Exists(Path.Combine(bundle.Rootfs, place)));
    }

    [Fact]
    public void A_filesystem_and_the_working_directory_follow_them_too()
    {
        using Bundle bundle = Bundle.Script("pwd -P; stat -f -c %T /srv/t").With(c => c.Process!.Cwd = "/work/here");
        Link(bundle, "work", "/away/../far/place");
        Link(bundle, "srv", "/mnt2");
        Assert.Equal(["/far/place/here", "tmpfs"], Run(bundle, new Mount { Destination = "/srv/t", Type = "tmpfs", Source = "tmpfs" }).Lines);
    }

    [Fact]
    public void Links_that_lead_to_one_another_end_the_launch()
    {
        using Bundle bundle = Bundle.Script("true");
        Link(bundle, "a", "b");
        Link(bundle, "b", "a");
        bundle.With(c => c.Mounts!.Add(new Mount { Destination = "/a/x", Source = _source.Path, Options = ["bind"] }));
        CommandResult result = _cctl.RunBundle(bundle);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("ELOOP", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_made_outside_the_root()
    {
        using var outside = new TempDir();
        using Bundle bundle = Bundle.Script("true");
        Link(bundle, "a", outside["made"]);
        Run(bundle, new Mount { Destination = "/a/x", Source = _source.Path, Options = ["bind"] });
        Assert.Empty(Directory.GetFileSystemEntries(outside.Path));
        Assert.True(Directory.Exists(Path.Combine(bundle.Rootfs, outside["made"].TrimStart('/'), "x")));
    }

    private static void Link(Bundle bundle, string name, string target)
    {
        string path = Path.Combine(bundle.Rootfs, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        File.CreateSymbolicLink(path, target);
    }

    private CommandResult Run(Bundle bundle, params Mount[] mounts) => _cctl.RunBundle(bundle.With(c => c.Mounts!.AddRange(mounts))).MustSucceed();
}
