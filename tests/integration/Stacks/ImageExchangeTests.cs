using Integration.Tests.Harness;
using Integration.Tests.Images;

namespace Integration.Tests.Stacks;

/// <summary>Images handed over between cctl and docker and podman themselves, both ways: each knows them by the same id.</summary>
[VmOnly]
[Collection("docker")]
public sealed class ImageExchangeTests : IDisposable
{
    private const string Name = "exchange.example.com/app:1";

    private readonly DockerFixture _docker;
    private readonly ImageStoreFixture _store = new();
    private readonly StackDirectory _podman = new("images");
    private readonly string _id;

    public ImageExchangeTests(DockerFixture docker)
    {
        _docker = docker;
        _store.Run("import", "-c", "ENV " + Runtimes.GuestPath, "-c", "CMD [\"sh\", \"-c\", \"echo $A\"]", "-c", "ENV A=exchanged", Runtimes.RootArchive, Name).MustSucceed();
        _id = IdIn(_store);
    }

    public void Dispose()
    {
        _docker.Docker("rmi", "--force", Name);
        _podman.Dispose();
        _store.Dispose();
    }

    [Fact]
    public void Docker_loads_and_runs_what_is_saved_and_its_own_is_loaded()
    {
        string archive = _podman["saved.tar"];
        _store.Run("save", "-o", archive, Name).MustSucceed();
        Assert.Equal("Loaded image: " + Name, _docker.Docker("load", "--input", archive).MustSucceed().Text);
        Assert.Equal(_id, _docker.Docker("images", "--quiet", "--no-trunc", Name).MustSucceed().Text);
        Assert.Equal("exchanged", _docker.Docker("run", "--rm", "--network", "none", Name).MustSucceed().Text);

        // With a layer of docker's own on it.
        string container = _docker.Docker("create", "--network", "none", Name, "sh", "-c", "rm /bin/ls && echo new >/file").MustSucceed().Text;
        _docker.Docker("start", "--attach", container).MustSucceed();
        _docker.Docker("commit", container, "exchange.example.com/changed:1").MustSucceed();
        _docker.Docker("rm", container).MustSucceed();
        _docker.Docker("save", "--output", _podman["docker.tar"], Name, "exchange.example.com/changed:1").MustSucceed();
        string changed = _docker.Docker("images", "--quiet", "--no-trunc", "exchange.example.com/changed:1").MustSucceed().Text;
        _docker.Docker("rmi", "exchange.example.com/changed:1").MustSucceed();
        using var other = new ImageStoreFixture();
        other.Run("load", "-i", _podman["docker.tar"]).MustSucceed();
        Assert.Equal(new[] { _id, changed }.Order(StringComparer.Ordinal), other.Run("images", "-q", "--no-trunc").MustSucceed().Lines.Order(StringComparer.Ordinal));
        string[] layers = other.LayersOf("exchange.example.com/changed:1");
        Assert.Equal(2, layers.Length);
        Assert.Equal("new\n", File.ReadAllText(layers[1] + "/file"));
        Assert.StartsWith("character", Command.Run("stat", "-c", "%F", layers[1] + "/bin/ls").MustSucceed().Text, StringComparison.Ordinal);
        Assert.Equal("2 layers, 0 damaged\n", other.Run("system", "check").MustSucceed().Stdout);
    }

    [Fact]
    public void Podman_pulls_what_is_pushed_and_its_own_is_pulled()
    {
        _store.Run("push", Name, $"oci-archive:{_podman["oci.tar"]}:1").MustSucceed();
        _store.Run("push", Name, $"oci:{_podman["layout"]}:1").MustSucceed();
        foreach (string source in (string[])[$"oci-archive:{_podman["oci.tar"]}:1", $"oci:{_podman["layout"]}:1"])
        {
            Assert.Equal(_id, "sha256:" + Podman("pull", "--quiet", source).MustSucceed().Text);
            Podman("rmi", "--all", "--force").MustSucceed();
        }

        _store.Run("save", "-o", _podman["saved.tar"], Name).MustSucceed();
        Assert.Contains(Name, Podman("load", "--quiet", "--input", _podman["saved.tar"]).MustSucceed().Stdout, StringComparison.Ordinal);
        foreach ((string format, string source) in new[] { ("oci-archive", "oci-archive:"), ("docker-archive", "docker-archive:"), ("oci-dir", "oci:") })
        {
            string place = _podman["podman." + format];
            Podman("save", "--quiet", "--format", format, "--output", place, Name).MustSucceed();
            using var other = new ImageStoreFixture();
            other.Run("pull", source + place).MustSucceed();
            Assert.Equal(_id, IdIn(other));
            Assert.Equal(TreeListing.Of(_store.FilesOf(Name)), TreeListing.Of(other.LayersOf(_id).Single()));
            Assert.Equal("1 layers, 0 damaged\n", other.Run("system", "check").MustSucceed().Stdout);
        }
    }

    private static string IdIn(ImageStoreFixture store) => store.Run("images", "-q", "--no-trunc").MustSucceed().Text;

    private CommandResult Podman(params string[] arguments) =>
        new Command("podman", ["--root", _podman["root"], "--runroot", "/run/stack-images", "--storage-driver", "vfs", .. arguments]) { Timeout = Place.Deadline(30), Directory = "/", Environment = { ["HOME"] = "/root" } }.Run();
}
