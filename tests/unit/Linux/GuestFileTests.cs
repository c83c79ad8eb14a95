using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Unit.Tests.Linux;

/// <summary>Files of strangers are read when they are files, and no longer than is asked for.</summary>
public sealed class GuestFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_regular_file_is_read_up_to_the_limit()
    {
        File.WriteAllText(Path.Combine(_directory.Path, "file"), "content");
        Assert.Equal(Errno.OK, Read("file", out byte[] bytes, 7));
        Assert.Equal("content"u8, bytes);
        Assert.Equal(Errno.EFBIG, Read("file", out bytes, 6));
        Assert.Empty(bytes);
    }

    [Fact]
    public void What_is_no_file_is_not_opened()
    {
        Assert.Equal(Errno.EINVAL, Read(".", out _));
        using Fd fd = Sys.OpenAt(AT_FDCWD, _directory.Path, O_PATH | O_DIRECTORY);
        Assert.Equal(Errno.OK, Sys.TryMknodAt(fd.Number, "fifo", S_IFIFO | 0x1b6, 0));
        Assert.Equal(Errno.EINVAL, Read("fifo", out _));
        Assert.Equal(Errno.EINVAL, GuestFile.TryRead(AT_FDCWD, "/dev/null", 0, 100, out _));
    }

    [Theory]
    [InlineData("/proc/self/status")]
    [InlineData("/proc/sys/kernel/ostype")]
    [InlineData("/sys/kernel/uevent_seqnum")]
    public void A_file_of_the_kernels_is_not_read(string path)
    {
        Assert.SkipUnless(File.Exists(path), path + " is not there");
        Assert.Equal(Errno.EINVAL, GuestFile.TryRead(AT_FDCWD, path, 0, 1 << 20, out _));
    }

    [Fact]
    public void Links_lead_as_far_as_is_said()
    {
        File.WriteAllText(Path.Combine(_directory.Path, "file"), "content");
        File.CreateSymbolicLink(Path.Combine(_directory.Path, "link"), "/file");
        Assert.Equal(Errno.OK, Read("link", out byte[] bytes));
        Assert.Equal("content"u8, bytes);
        Assert.Equal(Errno.ELOOP, Read("link", out _, resolve: RESOLVE_NO_SYMLINKS));
    }

    private Errno Read(string path, out byte[] bytes, int limit = 100, ulong resolve = RESOLVE_IN_ROOT)
    {
        using Fd fd = Sys.OpenAt(AT_FDCWD, _directory.Path, O_PATH | O_DIRECTORY);
        return GuestFile.TryRead(fd.Number, path, resolve, limit, out bytes);
    }
}
