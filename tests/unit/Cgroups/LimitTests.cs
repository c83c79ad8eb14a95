using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Controllers;
using Runtime.Cgroups.Limits;

namespace Unit.Tests.Cgroups;

public class LimitTests
{
    [Theory]
    [InlineData(1UL, 1UL)]
    [InlineData(2UL, 1UL)]
    [InlineData(3UL, 2UL)]
    [InlineData(100UL, 17UL)]
    [InlineData(512UL, 59UL)]
    [InlineData(1024UL, 100UL)]
    [InlineData(2048UL, 174UL)]
    [InlineData(262143UL, 10000UL)]
    [InlineData(262144UL, 10000UL)]
    [InlineData(ulong.MaxValue, 10000UL)]
    public void Shares_become_a_weight_on_the_curve(ulong shares, ulong weight) =>
        Assert.Equal(weight, CpuController.WeightOfShares(shares));

    [Fact]
    public void The_curve_never_falls()
    {
        ulong last = 0;
        for (ulong shares = 2; shares <= 262144; shares++)
        {
            ulong weight = CpuController.WeightOfShares(shares);
            Assert.True(weight >= last);
            last = weight;
        }
    }

    [Theory]
    [InlineData(10UL, 1UL)]
    [InlineData(500UL, 4950UL)]
    [InlineData(1000UL, 10000UL)]
    public void A_block_weight_keeps_its_place_on_the_longer_scale(ulong weight, ulong expected) =>
        Assert.Equal(expected, IoController.IoWeight(weight));

    [Theory]
    [InlineData(0L, 0L, null)]
    [InlineData(100L, 0L, null)]
    [InlineData(-1L, 0L, -1L)]
    [InlineData(100L, -1L, -1L)]
    [InlineData(0L, -1L, -1L)]
    [InlineData(100L, 100L, 0L)]
    [InlineData(100L, 250L, 150L)]
    public void Swap_is_what_the_sum_has_above_memory(long limit, long swap, long? expected) =>
        Assert.Equal(expected, MemoryController.Swap(limit, swap));

    [Theory]
    [InlineData(0L, 100L)]
    [InlineData(-1L, 100L)]
    [InlineData(100L, 99L)]
    public void A_sum_of_swap_that_has_nothing_to_subtract_from_is_refused(long limit, long swap) =>
        Assert.Equal("/linux/resources/memory/swap", Assert.Throws<CgroupException>(() => MemoryController.Swap(limit, swap)).Pointer);

    [Fact]
    public void Memory_is_written_in_bytes_and_without_limit_as_max() => Expect(
        new() { Memory = new() { Limit = 1048576, Swap = 2097152, Reservation = -1 } },
        "memory.max = 1048576", "memory.swap.max = 1048576", "memory.low = max");

    [Fact]
    public void Zero_memory_is_no_value() => Expect(new() { Memory = new() { Limit = 0, Swap = 0, Reservation = 0 } });

    [Fact]
    public void Cpu_is_written_idle_before_weight_and_burst_before_quota() => Expect(
        new() { Cpu = new() { Idle = 0, Shares = 1024, Quota = 50000, Period = 100000, Burst = 10, Cpus = "0-1,3", Mems = "0" } },
        "cpu.idle = 0", "cpu.weight = 100", "cpu.max.burst = 10", "cpu.max = 50000 100000", "cpuset.cpus = 0-1,3", "cpuset.mems = 0");

    [Theory]
    [InlineData(50000L, null, "50000")]
    [InlineData(-1L, null, "max")]
    [InlineData(0L, null, "max")]
    [InlineData(-1L, 50000UL, "max 50000")]
    [InlineData(null, 50000UL, "max 50000")]
    public void A_quota_leaves_the_period_alone_that_is_not_given(long? quota, ulong? period, string expected) =>
        Expect(new() { Cpu = new() { Quota = quota, Period = period } }, "cpu.max = " + expected);

    [Fact]
    public void Realtime_settings_are_a_warning_and_an_error_when_strict()
    {
        var resources = new LinuxResources { Cpu = new() { RealtimeRuntime = 1000, RealtimePeriod = 2000 } };
        LimitList list = Compile(resources);
        Assert.Empty(list.Writes);
        Assert.Equal(
            ["/linux/resources/cpu/realtimeRuntime: cgroup v2 has no real-time budget, ignored", "/linux/resources/cpu/realtimePeriod: cgroup v2 has no real-time budget, ignored"],
            list.Warnings);
        var e = Assert.Throws<CgroupException>(() => ResourceLimits.Compile(resources, strict: true));
        Assert.Equal("/linux/resources/cpu/realtimeRuntime: cgroup v2 has no real-time budget", e.Message);
        Assert.Empty(Compile(new() { Cpu = new() { RealtimeRuntime = 0, RealtimePeriod = 0 } }).Warnings);
    }

    [Fact]
    public void Malformed_cpu_lists_are_refused() =>
        Assert.Equal("/linux/resources/cpu/cpus", Assert.Throws<CgroupException>(() => Compile(new() { Cpu = new() { Cpus = "zero" } })).Pointer);

    [Theory]
    [InlineData(0L, "1")]
    [InlineData(-1L, "max")]
    [InlineData(-7L, "max")]
    [InlineData(42L, "42")]
    public void A_limit_of_no_tasks_becomes_one(long limit, string expected) =>
        Expect(new() { Pids = new() { Limit = limit } }, "pids.max = " + expected);

    [Fact]
    public void Io_limits_are_written_by_device()
    {
        var io = new LinuxBlockIo
        {
            Weight = 100,
            WeightDevice = [new() { Major = 8, Minor = 0, Weight = 1000 }],
            ThrottleReadBpsDevice = [new() { Major = 8, Minor = 0, Rate = 1 }],
            ThrottleWriteBpsDevice = [new() { Major = 8, Minor = 0, Rate = 2 }, new() { Major = 8, Minor = 16, Rate = 0 }],
            ThrottleReadIOPSDevice = [new() { Major = 8, Minor = 0, Rate = 3 }],
            ThrottleWriteIOPSDevice = [new() { Major = 8, Minor = 0, Rate = 4 }],
        };
        LimitList list = Expect(new() { BlockIO = io },
            "io.bfq.weight = 100", "io.bfq.weight = 8:0 1000", "io.max = 8:0 rbps=1", "io.max = 8:0 wbps=2",
            "io.max = 8:16 wbps=max", "io.max = 8:0 riops=3", "io.max = 8:0 wiops=4");
        Assert.Equal("io.weight = 910", list.Writes[0].Otherwise!.ToString());
        Assert.Equal("io.weight = 8:0 10000", list.Writes[1].Otherwise!.ToString());
        Assert.Equal("/linux/resources/blockIO/throttleWriteBpsDevice/1/rate", list.Writes[4].Pointer);
    }

    [Fact]
    public void Huge_pages_are_limited_in_use_and_reserved() => Expect(
        new() { HugepageLimits = [new() { PageSize = "2MB", Limit = 4194304 }] },
        "hugetlb.2MB.max = 4194304", "hugetlb.2MB.rsvd.max = 4194304");

    [Theory]
    [InlineData("2MB/../../x")]
    [InlineData("MB")]
    [InlineData("")]
    [InlineData(null)]
    public void A_page_size_that_is_none_is_refused(string? size) =>
        Assert.Throws<CgroupException>(() => Compile(new() { HugepageLimits = [new() { PageSize = size, Limit = 1 }] }));

    [Fact]
    public void Rdma_is_one_line_a_device() => Expect(
        new() { Rdma = new() { ["mlx5_0"] = new() { HcaHandles = 3, HcaObjects = 1000 }, ["b"] = new() { HcaObjects = 5 } } },
        "rdma.max = mlx5_0 hca_handle=3 hca_object=1000", "rdma.max = b hca_object=5");

    [Fact]
    public void Unified_comes_last_and_each_of_its_lines_is_a_write() => Expect(
        new() { Unified = new() { ["io.latency"] = "8:0 target=10\n8:16 target=20\n", ["memory.oom.group"] = "1" }, Pids = new() { Limit = 3 } },
        "pids.max = 3", "io.latency = 8:0 target=10", "io.latency = 8:16 target=20", "memory.oom.group = 1");

    [Theory]
    [InlineData("cgroup.procs")]
    [InlineData("cgroup.subtree_control")]
    [InlineData("memory.max/../../x")]
    [InlineData("../memory.max")]
    [InlineData("memory")]
    [InlineData("freezer.state")]
    public void Unified_files_that_do_not_limit_are_refused(string file)
    {
        var e = Assert.Throws<CgroupException>(() => Compile(new() { Unified = new() { [file] = "1" } }));
        Assert.StartsWith("/linux/resources/unified/", e.Pointer);
    }

    [Fact]
    public void What_v2_does_not_know_is_a_warning_and_an_error_when_strict()
    {
        var old = new LinuxResources
        {
            Memory = new() { Swappiness = 60, Kernel = 1, KernelTCP = 1, DisableOOMKiller = true, UseHierarchy = false },
            Network = new() { ClassID = 1 },
            BlockIO = new() { LeafWeight = 10 },
        };
        LimitList list = ResourceLimits.Compile(old, strict: false);
        Assert.Empty(list.Writes);
        Assert.Equal(7, list.Warnings.Count);
        Assert.Contains("/linux/resources/memory/swappiness: cgroup v2 has no swappiness of a cgroup, ignored", list.Warnings);
        Assert.Equal("/linux/resources/memory/kernel", Assert.Throws<CgroupException>(() => ResourceLimits.Compile(old, strict: true)).Pointer);
    }

    [Fact]
    public void An_update_of_memory_is_counted_against_the_swap_that_holds()
    {
        var now = new LinuxResources { Memory = new() { Limit = 100, Swap = 300 }, Cpu = new() { Quota = 7000, Period = 10000 } };
        Expect(ResourceMerge.Complete(now, new() { Memory = new() { Limit = 200 } }), "memory.max = 200", "memory.swap.max = 100");
        Expect(ResourceMerge.Complete(now, new() { Memory = new() { Limit = -1 } }), "memory.max = max", "memory.swap.max = max");
        Expect(ResourceMerge.Complete(now, new() { Cpu = new() { Period = 20000 } }), "cpu.max = 7000 20000");
        Expect(ResourceMerge.Complete(now, new() { Cpu = new() { Shares = 2 } }), "cpu.weight = 1");
    }

    [Fact]
    public void A_merge_keeps_what_the_update_does_not_name()
    {
        var now = new LinuxResources
        {
            Memory = new() { Limit = 100, Reservation = 50 },
            BlockIO = new() { ThrottleReadBpsDevice = [new() { Major = 8, Minor = 0, Rate = 1 }, new() { Major = 9, Minor = 0, Rate = 2 }] },
            Unified = new() { ["memory.high"] = "1" },
        };
        LinuxResources merged = ResourceMerge.Merge(now, new()
        {
            Memory = new() { Limit = 200 },
            BlockIO = new() { ThrottleReadBpsDevice = [new() { Major = 8, Minor = 0, Rate = 5 }] },
            Unified = new() { ["pids.max"] = "3" },
        });
        Expect(merged, "memory.max = 200", "memory.low = 50", "io.max = 9:0 rbps=2", "io.max = 8:0 rbps=5", "memory.high = 1", "pids.max = 3");
        Assert.Equal(100, now.Memory.Limit);
    }

    private static LimitList Compile(LinuxResources resources) => ResourceLimits.Compile(resources, strict: false);

    private static LimitList Expect(LinuxResources resources, params string[] writes)
    {
        LimitList list = Compile(resources);
        Assert.Equal(writes, list.Writes.Select(w => w.ToString()));
        return list;
    }
}
