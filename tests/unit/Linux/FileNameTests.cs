using System.Text;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Unit.Tests.Linux;

/// <summary>Names of files that are no text, there and back.</summary>
public sealed class FileNameTests
{
    public static TheoryData<byte[]> Names => new()
    {
        "plain"u8.ToArray(),
        Encoding.UTF8.GetBytes("ünïcödé-📦"),
        new byte[] { (byte)'a', 0xff, 0x80, (byte)'b' },
        new byte[] { 0xc3 },
        new byte[] { 0xf0, 0x9f, 0x93 },
        new byte[] { 0xed, 0xb2, 0x80 }, // a surrogate in UTF-8, which is none
        new byte[] { 0xf0, 0x9f, 0x93, 0xa6, 0xff, 0xc3, 0xbc },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void The_bytes_come_back(byte[] bytes)
    {
        using var directory = new TemporaryDirectory();
        using Fd fd = Sys.OpenAt(AT_FDCWD, directory.Path, O_PATH | O_DIRECTORY);
        string name = FileName.Of(bytes);
        Assert.Equal(Errno.OK, Sys.TryMkdirAt(fd.Number, name, 0b111_000_000));

        // What the kernel has, by the way that loses nothing.
        using Fd list = Sys.OpenAt(fd.Number, ".", O_RDONLY | O_DIRECTORY);
        byte[] entries = new byte[4096];
        Assert.Equal(Errno.OK, Sys.TryGetDents64(list.Number, entries, out int length));
        Assert.True(entries.AsSpan(0, length).IndexOf((ReadOnlySpan<byte>)[.. bytes, 0]) >= 0);
        Assert.Equal(Errno.OK, Sys.TryUnlinkAt(fd.Number, name, AT_REMOVEDIR));
    }

    [Fact]
    public void Another_half_of_a_pair_stays_what_it_was() =>
        Assert.Equal(Errno.ENOENT, Sys.TryUnlinkAt(AT_FDCWD, "/nowhere/\ud800", 0));
}
