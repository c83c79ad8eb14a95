using Runtime;
using Runtime.State;

namespace Unit.Tests.State;

public sealed class StateStoreTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Who_only_looks_makes_no_root()
    {
        using var temporary = new TemporaryDirectory();
        string root = temporary.Path + "/new/a";
        using StateStore store = StateStore.OpenExisting(root);
        Assert.Empty(store.Ids());
        Assert.Null(store.TryOpenDirectory("c"));
        Assert.Contains("does not exist", Assert.Throws<ContainerException>(() => store.OpenContainer("c")).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(temporary.Path + "/new"));
    }

    [Fact]
    public void A_missing_root_is_made_with_its_parents_for_the_owner_only()
    {
        string root = Path.Combine(_temporary.Path, "a", "b");
        using StateStore store = StateStore.Open(root);
        Assert.Equal(root, store.Root);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(root));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(root)!));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_root_that_others_can_write_is_refused(UnixFileMode extra)
    {
        string root = Path.Combine(_temporary.Path, "open");
        Directory.CreateDirectory(root);
        File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | extra);
        ContainerException e = Assert.Throws<ContainerException>(() => StateStore.Open(root));
        Assert.Contains("others may write to it", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_root_that_is_a_file_is_refused()
    {
        string root = Path.Combine(_temporary.Path, "file");
        File.WriteAllText(root, string.Empty);
        Assert.Contains("ENOTDIR", Assert.Throws<ContainerException>(() => StateStore.Open(root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_is_claimed_once()
    {
        using StateStore store = StateStore.Open(_temporary.Path);
        using ContainerDirectory first = store.Create("web");
        ContainerException e = Assert.Throws<ContainerException>(() => store.Create("web"));
        Assert.Contains("the name is in use", e.Message, StringComparison.Ordinal);
        Assert.Equal(["web"], store.Ids());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(first.Path));
    }

    [Fact]
    public void Of_many_that_claim_an_id_at_once_one_gets_it()
    {
        using StateStore store = StateStore.Open(_temporary.Path);
        int won = 0;
        Parallel.For(0, 16, _ =>
        {
            try
            {
                store.Create("one").Dispose();
                Interlocked.Increment(ref won);
            }
            catch (ContainerException)
            {
                // Another was first.
            }
        });
        Assert.Equal(1, won);
    }

    [Fact]
    public void An_unknown_id_does_not_exist()
    {
        using StateStore store = StateStore.Open(_temporary.Path);
        Assert.Contains("does not exist", Assert.Throws<ContainerException>(() => store.OpenContainer("nobody")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("../a")]
    [InlineData("a b")]
    [InlineData("a\0b")]
    [InlineData("ä")]
    [InlineData("a\n")]
    public void An_id_that_could_name_something_else_is_refused(string id)
    {
        using StateStore store = StateStore.Open(_temporary.Path);
        Assert.StartsWith("container id", Assert.Throws<ContainerException>(() => store.Create(id)).Message, StringComparison.Ordinal);
        Assert.Throws<ContainerException>(() => store.OpenContainer(id));
    }

    [Fact]
    public void The_longest_id_is_as_long_as_a_file_name()
    {
        using StateStore store = StateStore.Open(_temporary.Path);
        store.Create(new string('x', 255)).Dispose();
        Assert.Contains("at most 255", Assert.Throws<ContainerException>(() => store.Create(new string('x', 256))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lock_is_exclusive_and_comes_free_with_its_holder()
    {
        using StateStore store = StateStore.Open(_temporary.Path);
        ContainerDirectory creator = store.Create("c");
        using ContainerDirectory other = store.OpenContainer("c");
        Assert.True(creator.HoldsLock);
        Assert.False(other.TryLock());
        Assert.True(other.IsLockedByAnother());
        Assert.False(creator.IsLockedByAnother());
        Assert.Contains("at work on it", Assert.Throws<ContainerException>(() => store.OpenLocked("c", 20)).Message, StringComparison.Ordinal);
        creator.Dispose();
        Assert.False(other.IsLockedByAnother());
        Assert.True(other.TryLock());
    }

    [Fact]
    public void A_directory_that_was_removed_meanwhile_cannot_be_locked()
    {
        using StateStore store = StateStore.Open(_temporary.Path);
        ContainerDirectory creator = store.Create("c");
        using ContainerDirectory waiting = store.OpenContainer("c");
        creator.Remove();
        creator.Dispose();
        Assert.Contains("does not exist", Assert.Throws<ContainerException>(() => waiting.TryLock()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Removal_takes_everything_and_follows_no_link()
    {
        string outside = Path.Combine(_temporary.Path, "outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "kept"), "kept");
        using StateStore store = StateStore.Open(Path.Combine(_temporary.Path, "root"));
        using ContainerDirectory directory = store.Create("c");
        directory.WriteRecord(new ContainerRecord { Id = "c" });
        Directory.CreateDirectory(Path.Combine(directory.Path, "deep", "deeper"));
        File.WriteAllText(Path.Combine(directory.Path, "deep", "deeper", "file"), "x");
        File.CreateSymbolicLink(Path.Combine(directory.Path, "link"), outside);
        directory.Remove();
        Assert.False(Directory.Exists(directory.Path));
        Assert.Equal("kept", File.ReadAllText(Path.Combine(outside, "kept")));
        directory.Remove(); // Once more is no error.
    }

    [Fact]
    public void A_socket_path_is_short_however_deep_the_root_lies()
    {
        string root = Path.Combine(_temporary.Path, new string('d', 120));
        using StateStore store = StateStore.Open(root);
        using ContainerDirectory directory = store.Create(new string('i', 200));
        string path = directory.SocketPath(ContainerDirectory.StartSocketName);
        Assert.True(path.Length <= 107);
        File.WriteAllText(path, "here");
        Assert.True(File.Exists(Path.Combine(directory.Path, ContainerDirectory.StartSocketName)));
    }

    [Fact]
    public void The_root_without_root_lies_in_the_runtime_directory()
    {
        Assert.Equal("/run/cctl", StateStore.RootFor(rootless: false));
        Assert.EndsWith("/cctl", StateStore.RootFor(rootless: true), StringComparison.Ordinal);
    }
}
