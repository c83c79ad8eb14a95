using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Controllers;
using Runtime.Cgroups.Limits;
using Runtime.Linux;

namespace Unit.Tests.Cgroups;

public sealed class LimitWriterTests : IDisposable
{
    private readonly FakeCgroupfs _fs = new();
    private readonly Cgroup _cgroup;

    public LimitWriterTests()
    {
        Directory.CreateDirectory(_fs.Root + "/c");
        _cgroup = Cgroup.Open(_fs.Root + "/c")!;
    }

    public void Dispose()
    {
        _cgroup.Dispose();
        _fs.Dispose();
    }

    [Fact]
    public void A_missing_file_is_named_with_pointer_errno_and_hint()
    {
        var e = Assert.Throws<CgroupException>(() => LimitWriter.Write(_cgroup, Compile(new() { Memory = new() { Limit = 5 } })));
        Assert.Equal("/linux/resources/memory/limit: write memory.max: ENOENT: this kernel has no such file", e.Message);
        Assert.Equal(Errno.ENOENT, e.Errno);
    }

    [Fact]
    public void Without_bfq_the_weight_goes_to_io_weight()
    {
        _fs.Write("c/io.weight", string.Empty);
        LimitWriter.Write(_cgroup, Compile(new() { BlockIO = new() { Weight = 1000 } }));
        Assert.Equal("10000", _fs.Read("c/io.weight"));
    }

    [Fact]
    public void Swap_that_the_kernel_does_not_count_needs_no_file_when_there_is_none_to_give()
    {
        _fs.Write("c/memory.max", string.Empty);
        LimitWriter.Write(_cgroup, Compile(new() { Memory = new() { Limit = 4096, Swap = 4096 } }));
        var e = Assert.Throws<CgroupException>(() => LimitWriter.Write(_cgroup, Compile(new() { Memory = new() { Limit = 4096, Swap = 8192 } })));
        Assert.Equal("/linux/resources/memory/swap", e.Pointer);
    }

    [Fact]
    public void A_refused_update_gives_the_earlier_values_back()
    {
        // A directory of plain files: what is written replaces the beginning, so the values here have equal lengths.
        _fs.Write("c/memory.max", "4096");
        _fs.Write("c/cpu.weight", "100");
        var update = new LinuxResources { Memory = new() { Limit = 8192 }, Cpu = new() { Shares = 2048 }, Pids = new() { Limit = 5 } };
        var e = Assert.Throws<CgroupException>(() => LimitWriter.Update(_cgroup, Compile(update)));
        Assert.Equal("/linux/resources/pids/limit", e.Pointer);
        Assert.Equal("4096", _fs.Read("c/memory.max"));
        Assert.Equal("100", _fs.Read("c/cpu.weight"));
    }

    [Fact]
    public void A_memory_limit_below_the_usage_is_refused_before_anything_is_written_when_asked()
    {
        _fs.Write("c/memory.current", "5000\n");
        _fs.Write("c/memory.max", "9000");
        var update = new LinuxResources { Memory = new() { Limit = 4096, CheckBeforeUpdate = true } };
        var e = Assert.Throws<CgroupException>(() => LimitWriter.Update(_cgroup, Compile(update)));
        Assert.Contains("uses 5000 bytes now", e.Message);
        Assert.Equal("9000", _fs.Read("c/memory.max"));
        update.Memory.CheckBeforeUpdate = false;
        LimitWriter.Update(_cgroup, Compile(update));
        Assert.Equal("4096", _fs.Read("c/memory.max"));
    }

    [Theory]
    [InlineData("io.max", "8:0 rbps=5", "8:16 rbps=1\n8:0 rbps=2 wbps=max riops=max wiops=max", "8:0 rbps=2 wbps=max riops=max wiops=max")]
    [InlineData("io.max", "8:0 rbps=5", "", "8:0 rbps=max wbps=max riops=max wiops=max")]
    [InlineData("io.weight", "500", "default 100\n8:0 50", "default 100")]
    [InlineData("io.weight", "8:0 70", "default 100\n8:0 50", "8:0 50")]
    [InlineData("io.weight", "8:1 70", "default 100\n8:0 50", "8:1 default")]
    [InlineData("rdma.max", "m hca_handle=1", "", "m hca_handle=max hca_object=max")]
    [InlineData("misc.max", "res_a 3", "res_a max\nres_b 5", "res_a max")]
    [InlineData("cpu.max", "5000", "max 100000", "max 100000")]
    [InlineData("cpuset.cpus", "0", "", "\n")]
    public void The_earlier_value_is_the_line_of_the_same_device(string file, string written, string text, string expected) =>
        Assert.Equal(expected, SavedValue.Earlier(new CgroupWrite(string.Empty, file, written), text));

    private static LimitList Compile(LinuxResources resources) => ResourceLimits.Compile(resources, strict: false);
}
