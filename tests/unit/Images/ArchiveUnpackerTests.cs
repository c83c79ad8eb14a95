using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Runtime.Images;
using Runtime.Linux;

namespace Unit.Tests.Images;

public sealed class ArchiveUnpackerTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public ArchiveUnpackerTests()
    {
        Directory.CreateDirectory(Root);
        Directory.CreateDirectory(Outside);
    }

    private string Root => Path.Combine(_temporary.Path, "root");

    private string Outside => Path.Combine(_temporary.Path, "outside");

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Directories_files_and_links_are_unpacked_with_their_modes()
    {
        Unpack(
            Entry(TarEntryType.Directory, "./bin", mode: 0b111_101_101),
            File("./bin/tool", "content", 0b111_101_101),
            Link("./bin/sh", "/bin/tool"),
            File("./deep/er/file", "x", 0b110_000_000),
            Entry(TarEntryType.Directory, "./closed", mode: 0b101_000_000),
            File("./closed/inside", "y", 0b100_000_000));
        Assert.Equal("content", System.IO.File.ReadAllText(Path.Combine(Root, "bin/tool")));
        Assert.Equal((UnixFileMode)0b111_101_101, System.IO.File.GetUnixFileMode(Path.Combine(Root, "bin/tool")));
        Assert.Equal("/bin/tool", new FileInfo(Path.Combine(Root, "bin/sh")).LinkTarget);
        Assert.Equal("x", System.IO.File.ReadAllText(Path.Combine(Root, "deep/er/file")));
        Assert.Equal((UnixFileMode)0b101_000_000, System.IO.File.GetUnixFileMode(Path.Combine(Root, "closed")));
        System.IO.File.SetUnixFileMode(Path.Combine(Root, "closed"), (UnixFileMode)0b111_000_000);
    }

    [Theory]
    [InlineData("../outside/x")]
    [InlineData("a/../../outside/x")]
    [InlineData("/etc/x")]
    public void A_name_that_leads_out_of_the_directory_is_refused(string name)
    {
        Assert.Throws<ArchiveException>(() => Unpack(File(name, "bad", 0b110_000_000)));
        Assert.Empty(Directory.GetFileSystemEntries(Outside));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/")]
    [InlineData(".")]
    public void A_link_of_the_archive_is_never_followed(string target)
    {
        Assert.Throws<ArchiveException>(() => Unpack(Link("link", target), File("link/x", "bad", 0b110_000_000)));
        Assert.Empty(Directory.GetFileSystemEntries(Outside));
    }

    [Fact]
    public void A_file_is_not_written_through_a_link_of_its_name()
    {
        System.IO.File.WriteAllText(Path.Combine(Outside, "kept"), "kept");
        Assert.Throws<ArchiveException>(() => Unpack(Link("x", Path.Combine(Outside, "kept")), File("x", "bad", 0b110_000_000)));
        Assert.Equal("kept", System.IO.File.ReadAllText(Path.Combine(Outside, "kept")));
    }

    [Fact]
    public void The_mode_of_a_directory_is_not_set_through_a_link_that_took_its_place()
    {
        UnixFileMode before = System.IO.File.GetUnixFileMode(Outside);
        Assert.Throws<ArchiveException>(() => Unpack(Link("d", Outside), Entry(TarEntryType.Directory, "d", mode: 0b111_111_111)));
        Assert.Equal(before, System.IO.File.GetUnixFileMode(Outside));
    }

    [Theory]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    [InlineData(TarEntryType.Fifo)]
    [InlineData(TarEntryType.HardLink)]
    public void Devices_pipes_and_hard_links_are_refused(TarEntryType type)
    {
        TarEntry entry = Entry(type, "node", mode: 0b110_110_110);
        if (type == TarEntryType.HardLink)
        {
            entry.LinkName = "/etc/passwd";
        }

        ArchiveException e = Assert.Throws<ArchiveException>(() => Unpack(entry));
        Assert.Contains("node", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Root));
    }

    [Fact]
    public void More_bytes_than_the_limit_are_refused_before_they_are_written()
    {
        ArchiveException e = Assert.Throws<ArchiveException>(() => Unpack(limit: 1000, File("a", new string('x', 600), 0b110_000_000), File("b", new string('x', 600), 0b110_000_000)));
        Assert.Contains("more than 1000 bytes", e.Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(Path.Combine(Root, "b")));
    }

    [Fact]
    public void A_set_user_id_bit_is_not_taken_over()
    {
        Unpack(File("tool", "x", 0b100_111_101_101));
        Assert.Equal((UnixFileMode)0b111_101_101, System.IO.File.GetUnixFileMode(Path.Combine(Root, "tool")));
    }

    private static UstarTarEntry Entry(TarEntryType type, string name, int mode) =>
        new(type, name) { Mode = (UnixFileMode)mode, Uid = (int)Sys.GetEuid(), Gid = (int)Sys.GetEgid() };

    private static UstarTarEntry File(string name, string content, int mode)
    {
        UstarTarEntry entry = Entry(TarEntryType.RegularFile, name, mode);
        entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content));
        return entry;
    }

    private static UstarTarEntry Link(string name, string target)
    {
        UstarTarEntry entry = Entry(TarEntryType.SymbolicLink, name, 0b111_111_111);
        entry.LinkName = target;
        return entry;
    }

    private void Unpack(params TarEntry[] entries) => Unpack(1 << 20, entries);

    private void Unpack(long limit, params TarEntry[] entries)
    {
        using var archive = new MemoryStream();
        using (var compressed = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        using (var writer = new TarWriter(compressed, TarEntryFormat.Ustar))
        {
            foreach (TarEntry entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }

        archive.Position = 0;
        using Fd root = Sys.OpenAt(Abi.AT_FDCWD, Root, Abi.O_RDONLY | Abi.O_DIRECTORY);
        ArchiveUnpacker.Unpack(archive, root, limit);
    }
}
