using Integration.Tests.Harness;

namespace Integration.Tests.Images;

/// <summary>Images in the store: listed, named, shown, saved, checked and removed.</summary>
[HostOnly]
public sealed class StoreTests : IDisposable
{
    private readonly ImageStoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void An_image_is_listed_named_and_removed_with_all_that_only_it_used()
    {
        Import("one:1", "content of one");
        Import("two:1", "content of two");
        _store.Run("tag", "one:1", "registry.example.com/one:2").MustSucceed();
        string[] listed = _store.Run("images", "--format", "{{.Repository}}:{{.Tag}}").MustSucceed().Lines;
        Assert.Equal(["one:1", "registry.example.com/one:2", "two:1"], listed.Order(StringComparer.Ordinal));
        Assert.Equal("Untagged: one:1", _store.Run("rmi", "one:1").MustSucceed().Text);
        string layer = _store.FilesOf("registry.example.com/one:2");
        string removed = _store.Run("rmi", "registry.example.com/one:2").MustSucceed().Stdout;
        Assert.Contains("Untagged: registry.example.com/one:2\nDeleted: sha256:", removed, StringComparison.Ordinal);
        Assert.False(Directory.Exists(layer));
        Assert.True(File.Exists(_store.FilesOf("two:1") + "/file"));
        _store.Run("rmi", "two:1").MustSucceed();
        Assert.Empty(_store.Content());
    }

    [Fact]
    public void A_layer_that_two_images_have_stays_for_the_other()
    {
        Import("one", "same");
        string layer = _store.FilesOf("one");
        Command.Run("bash", "-c", $"cat \"$1\" | {Cctl.Executable} import --store \"$2\" -c 'CMD [\"x\"]' - two", "-", _store.Directory["one.tar"], _store.Store).MustSucceed();
        Assert.Equal(layer, _store.FilesOf("two"));
        _store.Run("rmi", "one").MustSucceed();
        Assert.True(Directory.Exists(layer));
        _store.Run("rmi", "two").MustSucceed();
        Assert.False(Directory.Exists(layer));
    }

    [Fact]
    public void An_image_is_found_by_its_ids_beginning_and_not_removed_by_it_while_it_has_several_names()
    {
        Import("one", "1");
        string id = _store.Run("images", "-q").MustSucceed().Text;
        Assert.Equal(12, id.Length);
        Assert.StartsWith("sha256:" + id, _store.Run("inspect", "-f", "{{.Id}}", id).MustSucceed().Text, StringComparison.Ordinal);
        _store.Run("tag", id, "other").MustSucceed();
        CommandResult refused = _store.Run("rmi", id).MustExit(1);
        Assert.Contains("the image has several names (", refused.Stderr, StringComparison.Ordinal);
        _store.Run("rmi", "-f", id).MustSucceed();
        Assert.Empty(_store.Content());
    }

    [Fact]
    public void What_is_not_there_is_told_with_the_way_out()
    {
        Assert.Contains("there are no images here yet", _store.Run("inspect", "nothing").MustExit(1).Stderr, StringComparison.Ordinal);
        Import("one", "1");
        Assert.Equal("cctl: nothing: no such image here: cctl pull nothing fetches it, cctl images shows what there is\n", _store.Run("rmi", "nothing").MustExit(1).Stderr);
        _store.Run("rmi", "-f", "nothing").MustSucceed();
        Assert.Contains("no field .Nope: there are .Repository", _store.Run("images", "--format", "{{.Nope}}").MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Contains("is not known: of Go's templates", _store.Run("images", "--format", "{{range .}}").MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Contains("--filter bogus=1: not one of", _store.Run("images", "--filter", "bogus=1").MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Contains("not one of df, check, prune", _store.Run("system", "dd").MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void A_helper_that_is_missing_is_named_with_its_places()
    {
        string alone = _store.Directory["bin/cctl"];
        Directory.CreateDirectory(_store.Directory["bin"]);
        ProgramFiles.Copy(Cctl.Executable, alone);
        string error = Command.Run(alone, "pull", "--store", _store.Store, "alpine").MustExit(1).Stderr;
        Assert.StartsWith("cctl: cctl-images is missing, which fetches and stores images", error, StringComparison.Ordinal);
        Assert.Contains(_store.Directory["bin/cctl-images"], error, StringComparison.Ordinal);
        Assert.Contains(_store.Directory["libexec/cctl/cctl-images"], error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_saved_image_loads_into_another_store_as_the_same_image()
    {
        Import("one:1", "content");
        string archive = _store.Directory["saved.tar"];
        _store.Run("save", "-o", archive, "one:1").MustSucceed();
        using var other = new ImageStoreFixture();
        Assert.Equal("Loaded image: one:1\n", other.Run("load", "-i", archive).MustSucceed().Stdout);
        Assert.Equal(_store.Run("images", "-q", "--no-trunc").Text, other.Run("images", "-q", "--no-trunc").Text);
        Assert.Equal(TreeListing.Of(_store.FilesOf("one:1")), TreeListing.Of(other.FilesOf("one:1")));
        Assert.Equal("one:1", Command.Run("bash", "-c", $"{Cctl.Executable} save --store \"$1\" one:1 | {Cctl.Executable} load -q --store \"$2\"", "-", _store.Store, _store.Directory["third"]).MustSucceed().Text);
    }

    [Fact]
    public void A_damaged_layer_is_found_and_does_not_survive_its_repair()
    {
        Import("one", "content");
        Import("two", "other");
        File.WriteAllText(_store.FilesOf("one") + "/file", "CONTENT");
        CommandResult found = _store.Run("system", "check").MustExit(1);
        Assert.Contains("of one:latest is damaged: its archive has the digest sha256:", found.Stderr, StringComparison.Ordinal);
        Assert.Equal("2 layers, 1 damaged\n", found.Stdout);
        _store.Run("system", "check", "--repair").MustSucceed();
        Assert.Equal("1 layers, 0 damaged\n", _store.Run("system", "check").MustSucceed().Stdout);
        Command.Run("bash", "-c", $"{Cctl.Executable} import --store \"$2\" \"$1\" one", "-", _store.Directory["one.tar"], _store.Store).MustSucceed();
        Assert.Equal("content", File.ReadAllText(_store.FilesOf("one") + "/file"));
    }

    [Fact]
    public void Prune_removes_what_has_no_name_and_what_was_interrupted()
    {
        Import("one", "1");
        Import("one", "2");
        Assert.Equal(2, _store.Run("images", "-q").MustSucceed().Lines.Length);
        Assert.Equal("<none>", _store.Run("images", "--filter", "dangling=true", "--format", "{{.Tag}}").MustSucceed().Text);
        Directory.CreateDirectory(_store.Store + "/ingest");
        File.WriteAllText(_store.Store + "/ingest/sha256-" + new string('0', 64), "part");
        Directory.CreateDirectory(_store.Store + "/tmp/killed/fs");
        Assert.Contains("4B", _store.Run("system", "df").MustSucceed().Stdout, StringComparison.Ordinal);
        _store.Run("system", "prune", "--force").MustSucceed();
        Assert.Equal("2", File.ReadAllText(_store.FilesOf("one") + "/file"));
        Assert.Single(_store.Run("images", "-q").MustSucceed().Lines);
        Assert.Empty(Directory.GetFileSystemEntries(_store.Store + "/ingest"));
        Assert.Empty(Directory.GetFileSystemEntries(_store.Store + "/tmp"));
        _store.Run("system", "prune", "--all", "--force").MustSucceed();
        Assert.Empty(_store.Content());
    }

    [Fact]
    public async Task Twenty_at_once_all_succeed()
    {
        MakeTarball("many", "the same for all");
        Task<CommandResult>[] all = [.. Enumerable.Range(0, 20).Select(i => Task.Factory.StartNew(
            () => i % 3 == 2 ? _store.Run("rmi", "--force", $"many:{i - 1}") : _store.Run("import", _store.Directory["many.tar"], $"many:{i}"),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        foreach (CommandResult one in await Task.WhenAll(all))
        {
            one.MustSucceed();
        }

        foreach (string name in _store.Run("images", "--format", "{{.Repository}}:{{.Tag}}").MustSucceed().Lines)
        {
            Assert.Equal("the same for all", File.ReadAllText(_store.FilesOf(name) + "/file"));
        }

        Assert.Contains(", 0 damaged", _store.Run("system", "check").MustSucceed().Stdout, StringComparison.Ordinal);
    }

    private void Import(string name, string content)
    {
        string plain = name.Split(':')[0];
        MakeTarball(plain, content);
        _store.Run("import", _store.Directory[plain + ".tar"], name).MustSucceed();
    }

    private void MakeTarball(string name, string content)
    {
        _store.Directory.WriteFile($"{name}/file", content);
        Command.Run("tar", "-C", _store.Directory[name], "-cf", _store.Directory[name + ".tar"], ".").MustSucceed();
    }
}
