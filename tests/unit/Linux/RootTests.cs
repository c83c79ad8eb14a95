using Runtime.Linux;
using Runtime.Linux.Files;

namespace Unit.Tests.Linux;

/// <summary>Nothing leads out of a <see cref="Root"/>.</summary>
public sealed class RootTests : IDisposable
{
    private const int Mode = 0b111_101_101;
    private readonly string _outside = Directory.CreateTempSubdirectory("cctl-root-").FullName;
    private readonly string _inside;

    public RootTests()
    {
        _inside = Path.Combine(_outside, "root");
        Directory.CreateDirectory(_inside);
        File.WriteAllText(Path.Combine(_outside, "secret"), "outside");
    }

    public void Dispose() => Directory.Delete(_outside, recursive: true);

    [Theory]
    [InlineData("../secret")]
    [InlineData("/../../secret")]
    [InlineData("up/secret")]
    [InlineData("absolute")]
    public void A_path_that_leads_out_ends_in_the_root(string unsafePath)
    {
        File.CreateSymbolicLink(Path.Combine(_inside, "up"), "..");
        File.CreateSymbolicLink(Path.Combine(_inside, "absolute"), Path.Combine(_outside, "secret"));
        using Root followed = Root.Open(_inside);
        Assert.Equal(Errno.ENOENT, followed.TryRead(unsafePath, 100, out _));
        using Root refused = Root.Open(_inside, Links.Refused);
        Assert.Contains(refused.TryRead(unsafePath, 100, out _), new[] { Errno.EXDEV, Errno.ELOOP });
    }

    [Fact]
    public void An_absolute_link_starts_at_the_root()
    {
        File.WriteAllText(Path.Combine(_inside, "file"), "inside");
        File.CreateSymbolicLink(Path.Combine(_inside, "link"), "/file");
        using Root root = Root.Open(_inside);
        Assert.Equal(Errno.OK, root.TryRead("link", 100, out byte[] bytes));
        Assert.Equal("inside"u8, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("/")]
    public void The_root_itself_can_be_opened(string path)
    {
        foreach (Links links in new[] { Links.Followed, Links.Refused })
        {
            using Root root = Root.Open(_inside, links);
            Assert.Equal(Errno.OK, root.TryMakeDirectory(path, Mode, out Fd? opened));
            opened!.Dispose();
            Assert.Equal(Errno.EINVAL, root.TryOpenParent(path, out _, out _));
        }
    }

    [Fact]
    public void Directories_are_made_where_the_links_on_the_way_lead()
    {
        Directory.CreateDirectory(Path.Combine(_inside, "usr"));
        File.CreateSymbolicLink(Path.Combine(_inside, "lib"), "/usr");
        using Root root = Root.Open(_inside);
        Assert.Equal(Errno.OK, root.TryMakeDirectory("lib/a/b", Mode, out Fd? made));
        made!.Dispose();
        Assert.True(Directory.Exists(Path.Combine(_inside, "usr/a/b")));
        Assert.Equal(Errno.OK, root.TryMakeDirectory("/lib/a/b/", Mode, out made));
        made!.Dispose();
    }

    [Fact]
    public void A_link_that_leads_nowhere_is_not_made_good_and_a_file_is_no_directory()
    {
        File.CreateSymbolicLink(Path.Combine(_inside, "nowhere"), "/missing");
        File.WriteAllText(Path.Combine(_inside, "file"), string.Empty);
        using Root root = Root.Open(_inside);
        Assert.Equal(Errno.ENOENT, root.TryMakeDirectory("nowhere/a", Mode, out _));
        Assert.Equal(Errno.ENOTDIR, root.TryMakeDirectory("file/a", Mode, out _));
        Assert.Equal(Errno.EINVAL, root.TryMakeDirectory("missing/..", Mode, out _));
        Assert.False(Directory.Exists(Path.Combine(_inside, "missing")));
    }

    [Fact]
    public void A_file_is_made_only_where_there_is_none_not_even_a_link()
    {
        File.CreateSymbolicLink(Path.Combine(_inside, "link"), "/other");
        using Root root = Root.Open(_inside);
        Assert.Equal(Errno.EEXIST, root.TryCreate("link", Mode, out _));
        Assert.Equal(Errno.OK, root.TryCreate("new", Mode, out Fd? file));
        file!.Dispose();
        Assert.Equal(Errno.EEXIST, root.TryCreate("/new", Mode, out _));
        Assert.Equal(Errno.OK, root.TryStat("link", out Abi.statx status));
        Assert.Equal(Abi.S_IFLNK, status.stx_mode & Abi.S_IFMT);
    }

    [Fact]
    public void What_is_removed_is_a_link_and_not_what_it_leads_to()
    {
        Directory.CreateDirectory(Path.Combine(_outside, "kept"));
        Directory.CreateDirectory(Path.Combine(_inside, "a/b"));
        File.CreateSymbolicLink(Path.Combine(_inside, "a/b/link"), Path.Combine(_outside, "kept"));
        File.CreateSymbolicLink(Path.Combine(_inside, "file"), Path.Combine(_outside, "secret"));
        using Root root = Root.Open(_inside);
        Assert.Equal(Errno.OK, root.TryRemove("a"));
        Assert.Equal(Errno.OK, root.TryRemove("file"));
        Assert.Equal(Errno.OK, root.TryRemove("missing/too"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_inside));
        Assert.True(Directory.Exists(Path.Combine(_outside, "kept")));
        Assert.True(File.Exists(Path.Combine(_outside, "secret")));
    }

    [Fact]
    public void A_tree_deeper_than_there_are_descriptors_or_bytes_in_a_path_is_removed()
    {
        int at = Sys.OpenAt(Abi.AT_FDCWD, _inside, Abi.O_PATH | Abi.O_DIRECTORY).Release();
        for (int depth = 0; depth < 3000; depth++)
        {
            Assert.Equal(Errno.OK, Sys.TryMkdirAt(at, "d", Mode));
            int next = Sys.OpenAt(at, "d", Abi.O_PATH | Abi.O_DIRECTORY).Release();
            Sys.Close(at);
            at = next;
        }

        Sys.Close(at);
        using Root root = Root.Open(_inside);
        Assert.Equal(Errno.ELOOP, root.TryWalk(_ => Errno.OK));
        Assert.Equal(Errno.OK, root.TryRemoveContent());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_inside));
    }

    [Fact]
    public void Names_are_bytes()
    {
        using Root root = Root.Open(_inside);
        string name = FileName.Of([0xff, 0xfe, (byte)'x']);
        Assert.Equal(Errno.OK, root.TryMakeDirectory(name, Mode, out Fd? made));
        made!.Dispose();
        Assert.Equal(name, Assert.Single(DirectoryReader.ReadAll(root.Directory.Number)).Name);
        Assert.Equal(Errno.OK, root.TryRemove(name));
    }

    [Fact]
    public void A_walk_visits_directories_before_their_content_and_no_links_targets()
    {
        Directory.CreateDirectory(Path.Combine(_inside, "a/b"));
        File.WriteAllText(Path.Combine(_inside, "a/b/c"), "x");
        File.CreateSymbolicLink(Path.Combine(_inside, "a/out"), _outside);
        using Root root = Root.Open(_inside);
        var visited = new List<string>();
        Assert.Equal(Errno.OK, root.TryWalk(v =>
        {
            visited.Add(v.Path);
            return Errno.OK;
        }));
        Assert.Equal(["a", "a/b", "a/b/c", "a/out"], visited.Order(StringComparer.Ordinal));
        Assert.True(visited.IndexOf("a") < visited.IndexOf("a/b") && visited.IndexOf("a/b") < visited.IndexOf("a/b/c"));
        Assert.Equal(Errno.EPERM, root.TryWalk(_ => Errno.EPERM));
    }

    [Fact]
    public void A_copy_has_the_same_content_modes_and_links()
    {
        Directory.CreateDirectory(Path.Combine(_inside, "a"));
        File.WriteAllText(Path.Combine(_inside, "a/file"), "text");
        File.SetUnixFileMode(Path.Combine(_inside, "a/file"), UnixFileMode.UserRead);
        File.CreateSymbolicLink(Path.Combine(_inside, "link"), "/a");
        string copy = Path.Combine(_outside, "copy");
        Directory.CreateDirectory(copy);
        using Root from = Root.Open(_inside);
        using Root to = Root.Open(copy);
        TreeCopy.Copy(from.Directory, to.Directory, takesRoot: true);
        Assert.Equal("text", File.ReadAllText(Path.Combine(copy, "a/file")));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Path.Combine(copy, "a/file")));
        Assert.Equal("/a", new FileInfo(Path.Combine(copy, "link")).LinkTarget);
        Assert.EndsWith(": EEXIST", Assert.Throws<TreeException>(() => TreeCopy.Copy(from.Directory, to.Directory, takesRoot: false)).Message, StringComparison.Ordinal);
    }
}
