using Runtime.Linux;

namespace Unit.Tests.Linux;

/// <summary>Linux 6.17 and later write past the size that bpf(2) is told: whoever calls it must leave room.</summary>
public sealed class BpfTests
{
    private const int BPF_PROG_QUERY = 16;

    [Fact]
    public void Attributes_without_room_for_what_the_kernel_writes_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Sys.Bpf(BPF_PROG_QUERY, new byte[128]));

    [Fact]
    public void A_query_that_fails_reports_its_errno() =>
        Assert.Contains((Errno)(int)-Sys.Bpf(BPF_PROG_QUERY, new byte[4096]), (Errno[])[Errno.EBADF, Errno.EINVAL, Errno.EPERM]);
}
