using Integration.Tests.Harness;

namespace Integration.Tests.Images;

/// <summary>Images exchanged with skopeo and umoci, both ways, and trees compared with what umoci unpacks.</summary>
[HostOnly]
public sealed class ExchangeTests : IDisposable
{
    // Three layers: one that makes, one that removes, replaces and hides, one that adds to what is hidden.
    private const string MakeLayout = """
        set -e
        cd "$1"
        umoci init --layout layout; umoci new --image layout:v1
        mkdir -p one/dir one/hidden one/stays; printf 1 > one/dir/file; printf 2 > one/gone; printf 3 > one/hidden/old; chmod 2755 one/dir; chown 5:6 one/gone
        ln one/dir/file one/hard; ln -s dir/file one/link; printf x > one/replaced
        tar --numeric-owner -C one -cf one.tar .; umoci raw add-layer --image layout:v1 one.tar
        mkdir -p two/dir two/hidden; printf '' > two/.wh.gone; printf '' > two/hidden/.wh..wh..opq; printf new > two/hidden/new; mkdir two/replaced; printf '' > two/dir/.wh.file
        tar --numeric-owner -C two -cf two.tar .; umoci raw add-layer --image layout:v1 two.tar
        mkdir -p three/hidden; printf later > three/hidden/later
        tar --numeric-owner -C three -cf three.tar .; umoci raw add-layer --image layout:v1 three.tar
        umoci config --image layout:v1 --config.cmd sh --config.env A=b
        """;

    private readonly ImageStoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    private string Here => _store.Directory.Path;

    [Fact]
    public void Layers_stacked_by_overlayfs_are_what_umoci_unpacks()
    {
        Command.Run("bash", "-c", MakeLayout, "-", Here).MustSucceed();
        _store.Run("pull", $"oci:{Here}/layout:v1").MustSucceed();
        Command.Run("umoci", "unpack", "--image", $"{Here}/layout:v1", $"{Here}/bundle").MustSucceed();
        string[] layers = _store.LayersOf("v1");
        Assert.Equal(3, layers.Length);
        string merged = _store.Directory["merged"];
        Directory.CreateDirectory(merged);
        Command.Run("unshare", "-m", "bash", "-c", $"mount -t overlay overlay -o lowerdir={string.Join(':', layers.Reverse())} {merged} && cp -a {merged} {Here}/copy").MustSucceed();
        Assert.Equal(TreeListing.Of($"{Here}/bundle/rootfs", times: false), TreeListing.Of($"{Here}/copy", times: false));
    }

    [Fact]
    public void Layouts_and_archives_of_skopeo_are_the_same_image()
    {
        Command.Run("bash", "-c", MakeLayout, "-", Here).MustSucceed();
        Skopeo($"oci:{Here}/layout:v1", $"oci-archive:{Here}/oci.tar:v1");
        Skopeo($"oci:{Here}/layout:v1", $"docker-archive:{Here}/docker.tar:example.com/app:v1");
        Skopeo("--dest-compress-format=zstd", "--dest-compress", $"oci:{Here}/layout:v1", $"oci:{Here}/zstd:v1");
        var ids = new HashSet<string>();
        foreach (string source in (string[])[$"oci:{Here}/layout:v1", $"oci-archive:{Here}/oci.tar", $"docker-archive:{Here}/docker.tar:example.com/app:v1", $"oci:{Here}/zstd:v1"])
        {
            using var store = new ImageStoreFixture();
            store.Run("pull", source).MustSucceed();
            ids.Add(store.Run("images", "-q", "--no-trunc").MustSucceed().Text);
            Assert.Contains("3 layers, 0 damaged", store.Run("system", "check").MustSucceed().Stdout, StringComparison.Ordinal);
        }

        Assert.Single(ids);
    }

    [Fact]
    public void What_is_saved_skopeo_and_umoci_read()
    {
        Command.Run("bash", "-c", MakeLayout, "-", Here).MustSucceed();
        _store.Run("pull", $"oci:{Here}/layout:v1").MustSucceed();
        _store.Run("save", "-o", $"{Here}/saved.tar", "v1").MustSucceed();
        string id = _store.Run("images", "-q", "--no-trunc").Text;
        foreach (string source in (string[])[$"docker-archive:{Here}/saved.tar", $"oci-archive:{Here}/saved.tar"])
        {
            Assert.Contains("\"A=b\"", Command.Run("skopeo", "inspect", "--config", source).MustSucceed().Stdout, StringComparison.Ordinal);
            using var again = new ImageStoreFixture();
            Skopeo(source, $"oci:{Here}/again:v1");
            again.Run("pull", $"oci:{Here}/again:v1").MustSucceed();
            Assert.Equal(_store.LayersOf("v1").Select(Path.GetDirectoryName).Select(Path.GetFileName), again.LayersOf("v1").Select(Path.GetDirectoryName).Select(Path.GetFileName));
            Directory.Delete($"{Here}/again", true);
        }

        Assert.NotEmpty(id);
    }

    [Fact]
    public void What_is_pushed_to_a_layout_is_beside_what_it_has_and_takes_its_names_over()
    {
        Command.Run("bash", "-c", MakeLayout, "-", Here).MustSucceed();
        _store.Run("pull", $"oci:{Here}/layout:v1").MustSucceed();
        _store.Run("push", "v1", $"oci:{Here}/new:first").MustSucceed();
        _store.Run("push", "v1", $"oci:{Here}/new:second").MustSucceed();
        Command.Run("umoci", "config", "--image", $"{Here}/new:second", "--config.cmd", "other").MustSucceed();
        _store.Run("push", "v1", $"oci:{Here}/new:second").MustSucceed();
        Assert.Equal(["first", "second"], Command.Run("umoci", "list", "--layout", $"{Here}/new").MustSucceed().Lines.Order(StringComparer.Ordinal));
        _store.Run("push", "v1", $"oci-archive:{Here}/new.tar:third").MustSucceed();
        _store.Run("push", "v1", $"docker-archive:{Here}/docker.tar:example.com/fourth:1").MustSucceed();
        string id = _store.Run("images", "-q", "--no-trunc").Text;
        foreach (string source in (string[])[$"oci:{Here}/new:first", $"oci:{Here}/new:second", $"oci-archive:{Here}/new.tar:third", $"docker-archive:{Here}/docker.tar:example.com/fourth:1"])
        {
            using var again = new ImageStoreFixture();
            Skopeo(source, $"dir:{Here}/copy");
            again.Run("pull", source).MustSucceed();
            Assert.Equal(id, again.Run("images", "-q", "--no-trunc").Text);
        }

        Assert.Contains("it is neither empty nor an image layout", _store.Run("push", "v1", $"oci:{Here}/one").MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Contains("an image is pushed to oci:DIR", _store.Run("push", "v1", $"dir:{Here}/dir").MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles($"{Here}/new", "*", SearchOption.AllDirectories), f => f.EndsWith(".new", StringComparison.Ordinal));
    }

    [Fact]
    public void An_index_gives_the_image_of_the_platform_or_says_which_there_are()
    {
        Command.Run("bash", "-c", MakeLayout, "-", Here).MustSucceed();
        string index = File.ReadAllText($"{Here}/layout/index.json");
        Assert.Contains("\"digest\"", index, StringComparison.Ordinal);
        string digest = System.Text.RegularExpressions.Regex.Match(index, "sha256:[0-9a-f]{64}").Value;
        long size = new FileInfo($"{Here}/layout/blobs/{digest.Replace(':', '/')}").Length;
        string inner = $$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{digest}}","size":{{size}},"platform":{"os":"linux","architecture":"s390x"} },{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{digest}}","size":{{size}},"platform":{"os":"windows","architecture":"amd64"} }]}""";
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(inner);
        string innerDigest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
        File.WriteAllBytes($"{Here}/layout/blobs/sha256/{innerDigest}", bytes);
        File.WriteAllText($"{Here}/layout/index.json", $$"""{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:{{innerDigest}}","size":{{bytes.Length}},"annotations":{"org.opencontainers.image.ref.name":"multi"} }]}""");
        CommandResult none = _store.Run("pull", $"oci:{Here}/layout:multi").MustExit(1);
        Assert.Contains("there is no image for linux/", none.Stderr, StringComparison.Ordinal);
        Assert.Contains("it has linux/s390x, windows/amd64", none.Stderr, StringComparison.Ordinal);
        _store.Run("pull", "--platform", "linux/s390x", $"oci:{Here}/layout:multi").MustSucceed();
        Assert.Contains("images of windows do not run on linux", _store.Run("pull", "--platform", "windows/amd64", $"oci:{Here}/layout:multi").MustExit(1).Stderr, StringComparison.Ordinal);
    }

    private static void Skopeo(params string[] arguments) => Command.Run("skopeo", ["--insecure-policy", "copy", "-q", .. arguments]).MustSucceed();
}
