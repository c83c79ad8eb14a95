using System.Security.Cryptography;
using Runtime.Images;
using Runtime.Images.Layers;
using Runtime.Images.Tar;
using Runtime.Linux;
using Unit.Tests.Images.Tar;
using static Runtime.Linux.Abi;

namespace Unit.Tests.Images.Layers;

/// <summary>What a layer makes on disk, and that nothing of it leads out; what only root can make is in the integration tests.</summary>
public sealed class LayerUnpackerTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();
    private int _roots;

    public LayerUnpackerTests() => Directory.CreateDirectory(Outside);

    private string Outside => Path.Combine(_temporary.Path, "outside");

    private string Root => Path.Combine(_temporary.Path, $"root{_roots}");

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Files_directories_and_links_come_as_the_archive_has_them()
    {
        Unpack(new TarBuilder()
            .Directory("./a", 0b101_000_000).File("./a/closed", "1", 0b100_000_000).File("deep/er/file", "2").Symlink("s", "deep/er/file").Link("h", "deep/er/file").End());
        Assert.Equal("2", File.ReadAllText(At("deep/er/file")));
        Assert.Equal((UnixFileMode)0b101_000_000, File.GetUnixFileMode(At("a")));
        Assert.Equal((UnixFileMode)0b100_000_000, File.GetUnixFileMode(At("a/closed")));
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(At("deep")));
        Assert.Equal("deep/er/file", new FileInfo(At("s")).LinkTarget);
        Assert.Equal(DateTime.UnixEpoch.AddSeconds(1_000_000_000), File.GetLastWriteTimeUtc(At("a")));
        Assert.Equal(DateTime.UnixEpoch.AddSeconds(1_000_000_000), File.GetLastWriteTimeUtc(At("deep/er/file")));
        Assert.Equal(Stat("h").stx_ino, Stat("deep/er/file").stx_ino);
        File.SetUnixFileMode(At("a"), (UnixFileMode)0b111_000_000);
    }

    [Fact]
    public void Leading_slashes_and_dots_are_the_layers_root()
    {
        Unpack(new TarBuilder().File("/etc/passwd", "1").File("./././x//y", "2").End());
        Assert.Equal("1", File.ReadAllText(At("etc/passwd")));
        Assert.Equal("2", File.ReadAllText(At("x/y")));
    }

    [Theory]
    [InlineData("../outside/x")]
    [InlineData("a/../../outside/x")]
    [InlineData("a/..")]
    public void A_name_that_climbs_is_refused(string name) => Refused(new TarBuilder().File(name, "bad").End(), "leads out of the layer");

    [Theory]
    [InlineData("../outside")]
    [InlineData("../../../../../../outside")]
    [InlineData("a/../../outside")]
    public void A_symlink_that_leads_out_is_not_followed_out(string target) =>
        Refused(new TarBuilder().Directory("a").Symlink("link", target).File("link/x", "bad").End(), "leads out of the layer, through a symlink");

    [Fact]
    public void A_symlink_inside_the_layer_is_followed_there_as_a_guest_would()
    {
        Unpack(new TarBuilder().Directory("usr/lib").Symlink("lib", "usr/lib").Symlink("absolute", "/usr").Symlink("usr/up", "../usr").File("lib/a", "1").File("absolute/b", "2").File("usr/up/c", "3").End());
        Assert.Equal("1", File.ReadAllText(At("usr/lib/a")));
        Assert.Equal("2", File.ReadAllText(At("usr/b")));
        Assert.Equal("3", File.ReadAllText(At("usr/c")));
    }

    [Fact]
    public void An_absolute_symlink_is_one_to_the_layers_root_not_the_hosts()
    {
        Unpack(new TarBuilder().Symlink("link", Outside).File("link/x", "1").End());
        Assert.Equal("1", File.ReadAllText(Root + Outside + "/x"));
    }

    [Fact]
    public void Symlinks_that_lead_in_circles_are_an_error() =>
        Refused(new TarBuilder().Symlink("a", "b").Symlink("b", "a").File("a/x", "").End(), "too many symlinks");

    [Fact]
    public void A_hard_link_leads_nowhere_else_either()
    {
        File.WriteAllText(Path.Combine(Outside, "secret"), "secret");
        Refused(new TarBuilder().Link("x", "../outside/secret").End(), "leads out of the layer");
        Refused(new TarBuilder().Symlink("link", "../outside").Link("x", "link/secret").End(), "leads out of the layer");
        Refused(new TarBuilder().Directory("d").Link("x", "d").End(), "which is a directory");
    }

    [Theory]
    [InlineData('0', '0')]
    [InlineData('0', '5')]
    [InlineData('5', '0')]
    [InlineData('2', '0')]
    [InlineData('0', '2')]
    [InlineData('6', '0')]
    public void An_entry_twice_is_refused(char first, char second)
    {
        var builder = new TarBuilder();
        foreach (char type in (char[])[first, second])
        {
            builder.Header("x"u8.ToArray(), type, 0, 0b111_101_101, type == '2' ? "target" : "");
        }

        Refused(builder.End(), "the layer has it twice");
    }

    [Fact]
    public void A_directory_twice_has_the_last_ones_mode()
    {
        Unpack(new TarBuilder().Directory("d", 0b111_000_000).File("d/x", "").Directory("d", 0b111_101_000).End());
        Assert.Equal((UnixFileMode)0b111_101_000, File.GetUnixFileMode(At("d")));
    }

    [Fact]
    public void A_file_is_no_directory() => Refused(new TarBuilder().File("x", "").File("x/y", "").End(), "\"x\", is not a directory");

    [Fact]
    public void Whiteouts_take_overlayfs_form()
    {
        Unpack(new TarBuilder().File("d/.wh.gone", "").File("opaque/.wh..wh..opq", "").File("opaque/new", "1").File(".wh..wh.plnk/1.2", "").End());
        Assert.True(IsWhiteout("d/gone"));
        Assert.Equal("y", Attribute("opaque", "user.overlay.opaque\0"u8));
        Assert.Equal("1", File.ReadAllText(At("opaque/new")));
        Assert.False(Directory.Exists(At(".wh..wh.plnk")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_whiteout_says_nothing_of_its_own_layers_entry(bool first)
    {
        TarBuilder file = first ? new TarBuilder().File(".wh.x", "").File("x", "new") : new TarBuilder().File("x", "new").File(".wh.x", "");
        Unpack(file.End());
        Assert.Equal("new", File.ReadAllText(At("x")));
        TarBuilder directory = first ? new TarBuilder().File(".wh.d", "").Directory("d") : new TarBuilder().Directory("d").File(".wh.d", "");
        Unpack(directory.End());
        Assert.Equal("y", Attribute("d", "user.overlay.opaque\0"u8));
    }

    [Theory]
    [InlineData(".wh.")]
    [InlineData("d/.wh..")]
    [InlineData("d/.wh...")]
    [InlineData(".wh.d/file")]
    public void A_whiteout_of_nothing_is_refused(string name) => Refused(new TarBuilder().File(name, "").End(), "whiteout");

    [Fact]
    public void Overlayfs_marks_are_not_an_images_to_set()
    {
        Refused(new TarBuilder().Header("x"u8.ToArray(), '3', 0, 0).End(), "overlayfs's mark");
        Refused(new TarBuilder().Pax('x', ("SCHILY.xattr.user.overlay.redirect", "/etc")).Directory("d").End(), "overlayfs's own");
        Refused(new TarBuilder().Pax('x', ("SCHILY.xattr.trusted.overlay.opaque", "y")).File("f", "").End(), "overlayfs's own");
    }

    [Fact]
    public void Sparse_files_keep_their_holes()
    {
        byte[] data = [.. Enumerable.Repeat((byte)'a', 4096)];
        Unpack(new TarBuilder().Pax('x', ("GNU.sparse.size", "104857600"), ("GNU.sparse.map", "52428800,4096")).Header("f"u8.ToArray(), '0', 4096, 0b110_100_100).Content(data).End());
        Assert.Equal(104857600ul, Stat("f").stx_size);
        Assert.True(Stat("f").stx_blocks * 512 < 1 << 20, "a hole takes no room");
        using FileStream file = File.OpenRead(At("f"));
        file.Position = 52428800;
        Assert.Equal((byte)'a', file.ReadByte());
    }

    [Fact]
    public void An_archive_comes_again_to_the_byte_from_skeleton_and_files()
    {
        byte[] map = new byte[512];
        "1\n8192\n512\n"u8.CopyTo(map);
        byte[] archive =
        [
            .. new TarBuilder().Directory("d").File("d/a", new string('x', 70_000)).Symlink("e", "d").File("e/b", "through a symlink").Link("h", "d/a").File("d/.wh.gone", "")
                .Pax('x', ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "sparse"), ("GNU.sparse.realsize", "100000"))
                .Header("GNUSparseFile.1/f"u8.ToArray(), '0', 1024, 0b110_100_100).Content([.. map, .. Enumerable.Repeat((byte)'s', 512)])
                .Header("bytes\xff"u8.ToArray(), '0', 3, 0b110_100_100).Content("abc"u8.ToArray()).File("empty", "").End(),
            .. new byte[10240], 1, 2, 3,
        ];
        using var skeleton = new MemoryStream();
        Unpack(archive, skeleton);
        Assert.True(skeleton.Length < archive.Length - 70_000);
        skeleton.Position = 0;
        using Fd root = Open();
        using var again = new LayerArchiveStream(skeleton, root);
        Assert.Equal(SHA256.HashData(archive), SHA256.HashData(again));
    }

    [Fact]
    public void A_changed_file_changes_the_archive_and_a_shorter_one_is_an_error()
    {
        byte[] archive = new TarBuilder().File("a", "content").End();
        using var skeleton = new MemoryStream();
        Unpack(archive, skeleton);
        File.WriteAllText(At("a"), "CONTENT");
        Assert.NotEqual(SHA256.HashData(archive), Again(skeleton));
        File.WriteAllText(At("a"), "c");
        Assert.Contains("shorter", Assert.Throws<ImageException>(() => Again(skeleton)).Message, StringComparison.Ordinal);
        File.Delete(At("a"));
        Assert.Contains("ENOENT", Assert.Throws<ImageException>(() => Again(skeleton)).Message, StringComparison.Ordinal);
    }

    private byte[] Again(MemoryStream skeleton)
    {
        skeleton.Position = 0;
        using Fd root = Open();
        using var again = new LayerArchiveStream(skeleton, root);
        return SHA256.HashData(again);
    }

    private void Refused(byte[] archive, string words)
    {
        Assert.Contains(words, Assert.Throws<TarException>(() => Unpack(archive)).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(Outside), e => Path.GetFileName(e) != "secret");
    }

    private void Unpack(byte[] archive, MemoryStream? skeleton = null)
    {
        _roots++;
        Directory.CreateDirectory(Root);
        using Fd root = Open();
        using var unpacker = new LayerUnpacker(root, new LayerOptions { UserXattrs = true });
        LayerSkeletonWriter? writer = skeleton is null ? null : new LayerSkeletonWriter(skeleton);
        using var input = new MemoryStream(archive);
        unpacker.Unpack(new TarReader(input, new TarLimits(), writer), writer);
        writer?.Flush();
    }

    private Fd Open() => Sys.OpenAt(AT_FDCWD, Root, O_RDONLY | O_DIRECTORY);

    private string At(string path) => Path.Combine(Root, path);

    private statx Stat(string path)
    {
        Assert.Equal(Errno.OK, Sys.TryStatx(AT_FDCWD, At(path), AT_SYMLINK_NOFOLLOW, out statx status));
        return status;
    }

    private bool IsWhiteout(string path) => Stat(path) is { stx_rdev_major: 0, stx_rdev_minor: 0 } status && (status.stx_mode & S_IFMT) == S_IFCHR;

    private string Attribute(string path, ReadOnlySpan<byte> name)
    {
        using Fd file = Sys.OpenAt(AT_FDCWD, At(path), O_RDONLY);
        byte[] value = new byte[16];
        return Sys.TryGetXattr(file.Number, name, value, out int length) == Errno.OK ? System.Text.Encoding.ASCII.GetString(value, 0, length) : "";
    }
}
