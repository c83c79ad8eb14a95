using Integration.Tests.Harness;
using Integration.Tests.Images.Registry;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Integration.Tests.Images;

/// <summary>Layers that were damaged on disk: found, and replaced wherever they are shared.</summary>
[HostOnly]
public sealed class DamageTests : IDisposable
{
    private readonly ImageStoreFixture _store = new();
    private readonly DockerRegistry _registry = new();

    public void Dispose()
    {
        _registry.Dispose();
        _store.Dispose();
    }

    [Fact]
    public void A_pull_after_rmi_replaces_a_damaged_layer_that_another_image_shares()
    {
        string one = Fill("one:1", 1000, 2000);
        string two = Fill("two:1", 1000, 3000);
        _store.Run("pull", one, two).MustSucceed();
        string shared = _store.LayersOf(one)[0];
        Assert.Equal(shared, _store.LayersOf(two)[0]);
        Damage(shared);
        _store.Run("rmi", one).MustSucceed();
        CommandResult pulled = _store.Run("pull", one).MustSucceed();
        Assert.Contains("is damaged: its archive has the digest sha256:", pulled.Stderr, StringComparison.Ordinal);
        AssertWhole(3);
        Assert.Equal(shared, _store.LayersOf(two)[0]);
    }

    [Fact]
    public void A_load_after_rmi_replaces_a_damaged_layer_that_another_image_shares()
    {
        _store.Directory.WriteFile("tree/file", "content");
        Command.Run("tar", "-C", _store.Directory["tree"], "-cf", _store.Directory["tree.tar"], ".").MustSucceed();
        _store.Run("import", _store.Directory["tree.tar"], "one").MustSucceed();
        _store.Run("import", "-c", "CMD [\"x\"]", _store.Directory["tree.tar"], "two").MustSucceed();
        _store.Run("save", "-o", _store.Directory["one.saved"], "one").MustSucceed();
        Damage(_store.FilesOf("two"));
        _store.Run("rmi", "one").MustSucceed();
        _store.Run("load", "-i", _store.Directory["one.saved"]).MustSucceed();
        Assert.Equal("content", File.ReadAllText(_store.FilesOf("two") + "/file"));
        AssertWhole(1);
    }

    [Fact]
    public void A_repair_fetches_from_where_the_image_came_and_keeps_its_names()
    {
        string name = Fill("one:1", 1000, 2000);
        _store.Run("pull", name).MustSucceed();
        _store.Run("tag", name, "mine").MustSucceed();
        Damage(_store.LayersOf(name)[1]);
        Assert.Equal("2 layers, 1 damaged\n", _store.Run("system", "check").MustExit(1).Stdout);
        _store.Run("system", "check", "--repair").MustSucceed();
        AssertWhole(2);
        Assert.Equal(["mine:latest", name], _store.Run("images", "--format", "{{.Repository}}:{{.Tag}}").MustSucceed().Lines.Order(StringComparer.Ordinal).Reverse());
    }

    [Fact]
    public void A_repair_that_cannot_fetch_says_so_and_takes_nothing_away()
    {
        using var other = new DockerRegistry();
        using var image = new TestImage(1000);
        string name = image.CopyTo(other, "one:1");
        _store.Run("pull", name).MustSucceed();
        Damage(_store.FilesOf(name));
        File.Delete(other.FileOf(TestImage.Digest(image.Layer)));
        CommandResult failed = _store.Run("system", "check", "--repair").MustExit(1);
        Assert.Contains("not found", failed.Stderr, StringComparison.Ordinal);
        Assert.True(Directory.Exists(_store.FilesOf(name)));
        Assert.Equal("1 layers, 1 damaged\n", _store.Run("system", "check").MustExit(1).Stdout);
    }

    [Fact]
    public void Who_holds_a_damaged_layer_keeps_its_files_until_it_lets_go()
    {
        string name = Fill("one:1", 1000);
        _store.Run("pull", name).MustSucceed();
        string files = _store.FilesOf(name);
        using (Fd held = Sys.OpenAt(AT_FDCWD, Path.GetDirectoryName(files)!, O_RDONLY | O_DIRECTORY))
        {
            Assert.Equal(Errno.OK, Sys.TryFlock(held.Number, LOCK_SH));
            Damage(files);
            _store.Run("system", "check", "--repair").MustSucceed();
            Assert.True(File.Exists($"/proc/self/fd/{held.Number}/fs/file"));
            Assert.Equal("1 layers, 0 damaged\n", _store.Run("system", "check").MustSucceed().Stdout);
            _store.Run("system", "prune", "--force").MustSucceed();
            Assert.True(File.Exists($"/proc/self/fd/{held.Number}/fs/file"));
        }

        _store.Run("system", "prune", "--force").MustSucceed();
        AssertWhole(1);
    }

    private string Fill(string name, params int[] layers)
    {
        using var image = new TestImage(layers);
        return image.CopyTo(_registry, name);
    }

    // The size and the time stay, as when a disk loses what it has.
    private static void Damage(string files)
    {
        string file = files + "/file";
        byte[] content = File.ReadAllBytes(file);
        DateTime time = File.GetLastWriteTimeUtc(file);
        content[0] ^= 1;
        File.WriteAllBytes(file, content);
        File.SetLastWriteTimeUtc(file, time);
    }

    private void AssertWhole(int layers)
    {
        Assert.Equal($"{layers} layers, 0 damaged\n", _store.Run("system", "check").MustSucceed().Stdout);
        Assert.Empty(Directory.GetFileSystemEntries(_store.Store + "/tmp"));
    }
}
