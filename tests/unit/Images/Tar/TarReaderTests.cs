using System.Text;
using Runtime.Images.Tar;

namespace Unit.Tests.Images.Tar;

public sealed class TarReaderTests
{
    [Fact]
    public void Entries_come_with_their_content_owners_modes_and_times()
    {
        byte[] archive = new TarBuilder()
            .Header("dir/"u8.ToArray(), '5', 0, 0b111_101_101)
            .Header("dir/file"u8.ToArray(), '0', 5, 0b100_110_100_000, uid: 1234, gid: 4321, seconds: 77).Content("hello"u8.ToArray())
            .Symlink("link", "dir/file").Link("hard", "dir/file")
            .Header("fifo"u8.ToArray(), '6', 0, 0b110_000_000)
            .End();
        List<(TarEntry Entry, byte[] Content)> entries = Read(archive);
        Assert.Equal(
            [TarEntryType.Directory, TarEntryType.File, TarEntryType.Symlink, TarEntryType.HardLink, TarEntryType.Fifo], entries.Select(e => e.Entry.Type));
        TarEntry file = entries[1].Entry;
        Assert.Equal(("dir/file", 0b100_110_100_000, 1234u, 4321u, 77L, 5L), (file.UnsafeName, file.Mode, file.Uid, file.Gid, file.Seconds, file.Size));
        Assert.Equal("hello"u8.ToArray(), entries[1].Content);
        Assert.Equal("dir/file", entries[2].Entry.UnsafeLinkName);
    }

    [Fact]
    public void Long_names_come_whole_as_gnu_and_as_pax_write_them()
    {
        string name = string.Join('/', Enumerable.Repeat("part", 300));
        byte[] gnu = new TarBuilder()
            .Header("././@LongLink"u8.ToArray(), 'L', name.Length + 1, 0).Content([.. Encoding.ASCII.GetBytes(name), 0])
            .Header("././@LongLink"u8.ToArray(), 'K', name.Length + 2, 0).Content([.. Encoding.ASCII.GetBytes("x" + name), 0])
            .Symlink("cut", "cut").End();
        byte[] pax = new TarBuilder().Pax('x', ("path", name), ("linkpath", "x" + name)).Symlink("cut", "cut").End();
        foreach (byte[] archive in (byte[][])[gnu, pax])
        {
            TarEntry entry = Assert.Single(Read(archive)).Entry;
            Assert.Equal((name, "x" + name), (entry.UnsafeName, entry.UnsafeLinkName));
        }
    }

    [Fact]
    public void A_ustar_prefix_is_the_beginning_of_the_name()
    {
        byte[] archive = new TarBuilder().Header("name"u8.ToArray(), '0', 0, 0, change: h => "some/directory"u8.CopyTo(h.AsSpan(345))).End();
        Assert.Equal("some/directory/name", Assert.Single(Read(archive)).Entry.UnsafeName);
    }

    [Fact]
    public void Names_that_are_not_utf8_keep_their_bytes()
    {
        byte[] name = [(byte)'a', 0xff, 0xfe, (byte)'z'];
        TarEntry entry = Assert.Single(Read(new TarBuilder().Header(name, '0', 0, 0).End())).Entry;
        byte[] bytes = new byte[16];
        Assert.Equal(name, bytes[..Runtime.Linux.FileName.GetBytes(entry.UnsafeName, bytes)]);
    }

    [Fact]
    public void Ids_go_to_32_bits_in_base_256_and_in_pax()
    {
        byte[] gnu = new TarBuilder().Header("f"u8.ToArray(), '0', 0, 0, change: h =>
        {
            byte[] id = [0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xfe];
            id.CopyTo(h, 108);
        }).End();
        byte[] pax = new TarBuilder().Pax('x', ("uid", "4294967294")).File("f", "").End();
        Assert.Equal(uint.MaxValue - 1, Assert.Single(Read(gnu)).Entry.Uid);
        Assert.Equal(uint.MaxValue - 1, Assert.Single(Read(pax)).Entry.Uid);
        Refused(new TarBuilder().Pax('x', ("uid", "4294967295")).File("f", "").End(), "not an id");
        Refused(new TarBuilder().Pax('x', ("uid", "-1")).File("f", "").End(), "not an id");
    }

    [Theory]
    [InlineData("1.5", 1, 500_000_000)]
    [InlineData("1", 1, 0)]
    [InlineData("1.123456789999", 1, 123_456_789)]
    [InlineData("-1.25", -2, 750_000_000)]
    [InlineData("-3", -3, 0)]
    public void Times_are_to_the_nanosecond_before_1970_too(string text, long seconds, int nanoseconds)
    {
        TarEntry entry = Assert.Single(Read(new TarBuilder().Pax('x', ("mtime", text)).File("f", "").End())).Entry;
        Assert.Equal((seconds, nanoseconds), (entry.Seconds, entry.Nanoseconds));
    }

    [Fact]
    public void Attributes_are_bytes_and_libarchives_form_of_the_same_is_not_a_second()
    {
        string capability = Encoding.Latin1.GetString([1, 0, 0, 2, 0, 0x20, 0, 0, 0xff, 0]);
        TarEntry entry = Assert.Single(Read(new TarBuilder()
            .Pax('x', ("SCHILY.xattr.security.capability", capability), ("LIBARCHIVE.xattr.security.capability", "AAAA"), ("LIBARCHIVE.xattr.user.b", "aGk"))
            .File("f", "").End())).Entry;
        Assert.Equal(["security.capability", "user.b"], entry.Xattrs.Select(x => Encoding.ASCII.GetString(x.Name)));
        Assert.Equal(Encoding.Latin1.GetBytes(capability), entry.Xattrs[0].Value);
        Assert.Equal("hi"u8.ToArray(), entry.Xattrs[1].Value);
    }

    [Fact]
    public void Sparse_files_of_all_four_kinds_have_the_same_parts()
    {
        byte[] data = [.. Enumerable.Repeat((byte)'a', 512), .. Enumerable.Repeat((byte)'b', 512)];
        byte[] old = new TarBuilder().Header("f"u8.ToArray(), 'S', 1024, 0, change: h =>
        {
            h.AsSpan(345, 155).Clear();
            "ustar  \0"u8.CopyTo(h.AsSpan(257));
            foreach ((int at, long value) in ((int, long)[])[(386, 512), (398, 512), (410, 4096), (422, 512), (483, 8192)])
            {
                TarBuilder.Octal(h, at, 12, value);
            }
        }).Content(data).End();
        byte[] zero = new TarBuilder().Pax('x', ("GNU.sparse.size", "8192"), ("GNU.sparse.numblocks", "2"), ("GNU.sparse.offset", "512"), ("GNU.sparse.numbytes", "512"), ("GNU.sparse.offset", "4096"), ("GNU.sparse.numbytes", "512"))
            .Header("f"u8.ToArray(), '0', 1024, 0).Content(data).End();
        byte[] one = new TarBuilder().Pax('x', ("GNU.sparse.size", "8192"), ("GNU.sparse.numblocks", "2"), ("GNU.sparse.map", "512,512,4096,512"), ("GNU.sparse.name", "f"))
            .Header("GNUSparseFile.1/f"u8.ToArray(), '0', 1024, 0).Content(data).End();
        byte[] map = new byte[512];
        "2\n512\n512\n4096\n512\n"u8.CopyTo(map);
        byte[] last = new TarBuilder().Pax('x', ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "f"), ("GNU.sparse.realsize", "8192"))
            .Header("GNUSparseFile.1/f"u8.ToArray(), '0', 1536, 0).Content([.. map, .. data]).End();
        foreach (byte[] archive in (byte[][])[old, zero, one, last])
        {
            (TarEntry entry, byte[] content) = Assert.Single(Read(archive));
            Assert.Equal(("f", 8192L, 1024L), (entry.UnsafeName, entry.Size, entry.StoredSize));
            Assert.Equal([new TarExtent(512, 512), new TarExtent(4096, 512)], entry.Extents);
            Assert.Equal(data, content);
        }
    }

    [Theory]
    [InlineData("0,512,256,512")] // one into the other
    [InlineData("0,512,8000,512")] // beyond the end
    [InlineData("0,512")] // less than there is
    [InlineData("0,512,512")]
    [InlineData("0,x")]
    [InlineData("9223372036854775807,512,0,512")]
    public void A_sparse_map_that_makes_no_sense_is_refused(string map) =>
        Refused(
            new TarBuilder().Pax('x', ("GNU.sparse.size", "8192"), ("GNU.sparse.map", map)).Header("f"u8.ToArray(), '0', 1024, 0).Content(new byte[1024]).End(),
            "the map of a sparse file is damaged");

    [Fact]
    public void A_header_for_all_entries_holds_until_an_entrys_own()
    {
        List<(TarEntry Entry, byte[] Content)> entries = Read(new TarBuilder()
            .Pax('g', ("comment", "x"), ("mtime", "5")).File("a", "").Pax('x', ("mtime", "6")).File("b", "").File("c", "").End());
        Assert.Equal([5L, 6L, 5L], entries.Select(e => e.Entry.Seconds));
        Refused(new TarBuilder().Pax('g', ("path", "x")).File("a", "").End(), "a header for all entries");
    }

    [Fact]
    public void What_follows_the_end_is_read_to_the_inputs_end()
    {
        byte[] archive = [.. new TarBuilder().File("a", "1").End(), .. new byte[20_000], 7];
        var recorder = new Recorder();
        using var input = new MemoryStream(archive);
        var reader = new TarReader(input, new TarLimits(), recorder);
        while (reader.Next() is not null)
        {
        }

        Assert.Equal(input.Length, input.Position);
        Assert.Equal(archive, recorder.Bytes.ToArray()); // Content that nobody read is the recorder's too.
    }

    [Fact]
    public void Damage_is_told_in_one_line()
    {
        byte[] broken = new TarBuilder().File("a", "1").End();
        broken[0] ^= 1;
        Refused(broken, "it is not a tar archive, or damaged");
        Refused(Encoding.ASCII.GetBytes(new string('x', 2000)), "it is not a tar archive, or damaged");
        Refused(new TarBuilder().File("a", "", size: 5000).WithoutEnd(), "it ends too early");
        Refused([.. new TarBuilder().WithoutEnd(), .. new byte[100]], "it ends too early");
        Refused(new TarBuilder().Pax('x', ("path", "lonely")).End(), "an entry that is missing");
        Refused(new TarBuilder().Header("f"u8.ToArray(), '9', 0, 0).End(), "its type '9' is not known");
        Refused(new TarBuilder().Header("f"u8.ToArray(), 'M', 0, 0).End(), "another volume");
        Refused(new TarBuilder().Header("f"u8.ToArray(), '2', 7, 0, "x").Content(new byte[7]).End(), "only files have content");
        Refused(new TarBuilder().Header("././@LongLink"u8.ToArray(), 'L', 1 << 20, 0).End(), "at most");
        Refused(new TarBuilder().Header("f"u8.ToArray(), '0', 0, 0, change: h => h[124] = (byte)'9').End(), "its size is not a number");
        Refused(new TarBuilder().Header("pax"u8.ToArray(), 'x', 9, 0).Content("99 a=b\n\n\n"u8.ToArray()).File("f", "").End(), "a pax header is damaged");
    }

    [Fact]
    public void Limits_hold()
    {
        byte[] three = new TarBuilder().File("a", "1").File("b", "2").File("c", "3").End();
        Assert.Contains("more than 2 entries", Assert.Throws<TarException>(() => Read(three, new TarLimits { Entries = 2 })).Message, StringComparison.Ordinal);
        Assert.Contains("more than 2 bytes", Assert.Throws<TarException>(() => Read(three, new TarLimits { Bytes = 2 })).Message, StringComparison.Ordinal);
        byte[] huge = new TarBuilder().Header("f"u8.ToArray(), '0', 0, 0, change: h =>
        {
            h.AsSpan(124, 12).Clear();
            h[124] = 0x80;
            h[128] = 0x7f;
        }).End();
        Assert.Contains("bytes", Assert.Throws<TarException>(() => Read(huge)).Message, StringComparison.Ordinal);
    }

    private static void Refused(byte[] archive, string words)
    {
        string message = Assert.Throws<TarException>(() => Read(archive)).Message;
        Assert.Contains(words, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private static List<(TarEntry Entry, byte[] Content)> Read(byte[] archive, TarLimits? limits = null)
    {
        var entries = new List<(TarEntry, byte[])>();
        using var input = new Trickle(archive);
        var reader = new TarReader(input, limits ?? new TarLimits());
        while (reader.Next() is { } entry)
        {
            using var content = new MemoryStream();
            while (reader.ReadContent() is { IsEmpty: false } part)
            {
                content.Write(part);
            }

            entries.Add((entry, content.ToArray()));
        }

        return entries;
    }

    private sealed class Recorder : ITarRecorder
    {
        internal MemoryStream Bytes { get; } = new();

        public void Raw(ReadOnlySpan<byte> bytes) => Bytes.Write(bytes);
    }

    /// <summary>Gives odd numbers of bytes at a time, as pipes do.</summary>
    private sealed class Trickle(byte[] bytes) : Runtime.Images.Layers.ForwardStream
    {
        private int _at;

        public override int Read(Span<byte> buffer)
        {
            int length = Math.Min(Math.Min(buffer.Length, 333), bytes.Length - _at);
            bytes.AsSpan(_at, length).CopyTo(buffer);
            _at += length;
            return length;
        }
    }
}
