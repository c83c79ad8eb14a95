using Runtime.Namespaces.Plan;
using Runtime.Linux;
using Runtime.Namespaces.Launch;

namespace Unit.Tests.Launch;

/// <summary>What `start` makes of a file that another process sent it.</summary>
public sealed class ReportMemoryTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public void A_file_of_any_length_without_a_failure_is_none(int length)
    {
        Fd file = Sys.MemfdCreate("report");
        Assert.Equal(Errno.OK, Sys.TryFtruncate(file.Number, length));
        Assert.Null(ReportMemory.Read(file));
    }

    [Fact]
    public void A_pipe_in_its_place_is_not_waited_for()
    {
        (Fd read, Fd write) = Sys.Pipe();
        using Fd other = write;
        Assert.Null(ReportMemory.Read(read));
    }

    [Fact]
    public void A_failure_is_read()
    {
        Fd file = Sys.MemfdCreate("report");
        Sys.Write(file.Number, [(byte)ControlKind.Failure, 0, 0, 0, 7, 0, 0, 0, (byte)Errno.ENOENT, 0, 0, 0, 2, 0, 0, 0]);
        Assert.Equal(Errno.OK, Sys.TryFtruncate(file.Number, 4096));
        Assert.Equal(0, Sys.Raw(SyscallNumber.lseek, file.Number, 0, 0));
        ControlMessage failure = Assert.NotNull(ReportMemory.Read(file));
        Assert.Equal((7, (int)Errno.ENOENT, 2), (failure.First, failure.Second, failure.Third));
    }
}
