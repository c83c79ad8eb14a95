using Integration.Tests.Harness;
using Integration.Tests.Images.Registry;
using OciSpec.Image;

namespace Integration.Tests.Images;

/// <summary>Images of a registry into the store and back.</summary>
[HostOnly]
public sealed class PullTests : IDisposable
{
    private readonly ImageStoreFixture _store = new();
    private readonly DockerRegistry _registry = new();

    public void Dispose()
    {
        _registry.Dispose();
        _store.Dispose();
    }

    [Fact]
    public void An_image_is_pulled_once_and_pushed_elsewhere_without_sending_it_again()
    {
        string name = Fill("app:1", 300_000);
        Assert.Equal(name, _store.Run("pull", name).MustSucceed().Text);
        CommandResult again = _store.Run("pull", name).MustSucceed();
        Assert.Contains("already there", again.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("fetching", again.Stderr, StringComparison.Ordinal);
        CommandResult pushed = _store.Run("push", name, $"{_registry.Host}/other:2").MustSucceed();
        Assert.Contains("mounted from app", pushed.Stderr, StringComparison.Ordinal);
        Assert.StartsWith("2: digest: sha256:", pushed.Stdout, StringComparison.Ordinal);
        using var other = new ImageStoreFixture();
        other.Run("pull", "-q", $"{_registry.Host}/other:2").MustSucceed();
        Assert.Equal(TreeListing.Of(_store.FilesOf(name)), TreeListing.Of(other.FilesOf($"{_registry.Host}/other:2")));
        Assert.Equal(_store.Run("images", "-q", "--no-trunc").Text, other.Run("images", "-q", "--no-trunc").Text);
    }

    [Fact]
    public void A_layer_that_the_registry_lacks_is_sent_and_the_images_id_stays()
    {
        Command.Run("bash", "-c", "mkdir -p \"$1/t\" && printf x > \"$1/t/f\" && tar -C \"$1/t\" -czf \"$1/t.tar.gz\" .", "-", _store.Directory.Path).MustSucceed();
        _store.Run("import", _store.Directory["t.tar.gz"], $"{_registry.Host}/made:1").MustSucceed();
        _store.Run("push", $"{_registry.Host}/made:1").MustSucceed();
        using var other = new ImageStoreFixture();
        other.Run("pull", $"{_registry.Host}/made:1").MustSucceed();
        Assert.Equal(_store.Run("images", "-q", "--no-trunc").Text, other.Run("images", "-q", "--no-trunc").Text);
        string inspected = Command.Run("skopeo", "inspect", "--tls-verify=false", $"docker://{_registry.Host}/made:1").MustSucceed().Stdout;
        Assert.Contains("\"Architecture\"", inspected, StringComparison.Ordinal);
    }

    [Fact]
    public void A_digest_names_exactly_one_image()
    {
        string name = Fill("app:1", 1000);
        _store.Run("pull", name).MustSucceed();
        string digest = _store.Run("inspect", "-f", "{{.Digest}}", name).MustSucceed().Text;
        using var other = new ImageStoreFixture();
        other.Run("pull", $"{_registry.Host}/app@{digest}").MustSucceed();
        Assert.Equal("<none>", other.Run("images", "--format", "{{.Tag}}").MustSucceed().Text);
        other.Run("rmi", $"{_registry.Host}/app@{digest}").MustSucceed();
        Assert.Empty(other.Content());
        CommandResult missing = other.Run("pull", $"{_registry.Host}/app@sha256:{new string('0', 64)}").MustExit(1);
        Assert.Single(missing.Stderr.TrimEnd().Split('\n'));
        Assert.Empty(other.Content());
    }

    [Fact]
    public void What_is_not_there_is_one_line_and_leaves_nothing()
    {
        CommandResult missing = _store.Run("pull", $"{_registry.Host}/nothing:1").MustExit(1);
        Assert.Contains($"{_registry.Host}/nothing:1: not found", missing.Stderr, StringComparison.Ordinal);
        Assert.Single(missing.Stderr.TrimEnd().Split('\n'));
        Assert.Empty(_store.Content());
        CommandResult refused = _store.Run("pull", $"localhost:{DockerRegistry.FreePort()}/x").MustExit(1);
        Assert.Single(refused.Stderr.TrimEnd().Split('\n'));
    }

    [Fact]
    public void An_interrupted_pull_goes_on_where_it_was()
    {
        const int Bytes = 4_000_000;
        string name = Fill("large:1", Bytes);
        using var image = new TestImage(Bytes);
        ContentDigest digest = TestImage.Digest(image.Layer);
        int half = image.Layer.Length / 2;
        Directory.CreateDirectory(_store.Store + "/ingest");
        File.WriteAllBytes($"{_store.Store}/ingest/sha256-{digest.Hex}", image.Layer[..half]);

        // What was there already is wrong in the registry by now: who asks for it gets no image.
        using (FileStream blob = File.OpenWrite(_registry.FileOf(digest)))
        {
            blob.Write(new byte[half]);
        }

        _store.Run("pull", name).MustSucceed();
        Assert.Contains("1 layers, 0 damaged", _store.Run("system", "check").MustSucceed().Stdout, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_store.Store + "/ingest"));
        using var other = new ImageStoreFixture();
        Assert.Contains("it was changed or damaged on its way", other.Run("pull", name).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_beginning_that_is_wrong_is_thrown_away_and_the_next_pull_is_right()
    {
        string name = Fill("large:1", 1_000_000);
        string manifest = Command.Run("skopeo", "inspect", "--raw", "--tls-verify=false", $"docker://{name}").MustSucceed().Stdout;
        string digest = System.Text.RegularExpressions.Regex.Matches(manifest, "sha256:([0-9a-f]{64})")[1].Groups[1].Value;
        Directory.CreateDirectory(_store.Store + "/ingest");
        File.WriteAllText($"{_store.Store}/ingest/sha256-{digest}", "something else");
        Assert.Contains("it was changed or damaged on its way", _store.Run("pull", name).MustExit(1).Stderr, StringComparison.Ordinal);
        _store.Run("pull", name).MustSucceed();
    }

    [Fact]
    public async Task Twenty_pulls_at_once_all_succeed_and_fetch_a_layer_once()
    {
        string name = Fill("app:1", 3_000_000);
        Task<CommandResult>[] all = [.. Enumerable.Range(0, 20).Select(_ => Task.Factory.StartNew(() => _store.Run("pull", name), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        int fetched = 0;
        foreach (CommandResult one in await Task.WhenAll(all))
        {
            fetched += one.MustSucceed().Stderr.Contains(": done", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.Equal(1, fetched);
        Assert.Contains("1 layers, 0 damaged", _store.Run("system", "check").MustSucceed().Stdout, StringComparison.Ordinal);
    }

    private string Fill(string name, int bytes)
    {
        using var image = new TestImage(bytes);
        return image.CopyTo(_registry, name);
    }
}
