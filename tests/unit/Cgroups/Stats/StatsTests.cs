using System.Text;
using System.Text.Json;
using Runtime.Cgroups;
using Runtime.Cgroups.Controllers;
using Runtime.Cgroups.Stats;

namespace Unit.Tests.Cgroups.Stats;

public sealed class StatsTests : IDisposable
{
    private const string Pressure = "some avg10=1.50 avg60=0.25 avg300=0.00 total=42\nfull avg10=0.10 avg60=0.00 avg300=0.00 total=7\n";

    private readonly FakeCgroupfs _fs = new();

    public void Dispose() => _fs.Dispose();

    [Fact]
    public void Every_file_lands_in_its_place()
    {
        WriteAll("c");
        CgroupStats stats = Read("c");
        Assert.Equal(5_000_000UL, stats.Cpu.Total);
        Assert.Equal(2_000_000UL, stats.Cpu.Kernel);
        Assert.Equal(4UL, stats.Cpu.ThrottledPeriods);
        Assert.Equal(9000UL, stats.Cpu.ThrottledTime);
        Assert.Equal(new PressureStats(new(1.5, 0.25, 0, 42), new(0.1, 0, 0, 7)), stats.Cpu.Pressure);
        Assert.Equal(new MemoryUsage(4096, 8192, 5000, 3), stats.Memory!.Memory);
        Assert.Equal(new MemoryUsage(100, ulong.MaxValue, 0, 1), stats.Memory.Swap);
        Assert.Equal(2UL, stats.Memory.OomKills);
        Assert.Equal(12UL, stats.Memory["file"u8]);
        Assert.Equal(new PidsStats(2, ulong.MaxValue), stats.Pids);
        Assert.Equal([new IoStats(8, 0, 1, 2, 5, 3, 4, 6), new IoStats(8, 16, 9, 0, 0, 0, 0, 0)], stats.Io);
        Assert.Equal([new RdmaStats("mlx4_0", 2, 2000)], stats.Rdma);
        Assert.Equal("0-2", stats.Cpuset!.Cpus);
    }

    [Fact]
    public void A_cgroup_without_controllers_has_only_cpu_time()
    {
        _fs.Write("c/cpu.stat", "usage_usec 7\n");
        CgroupStats stats = Read("c");
        Assert.Equal(7000UL, stats.Cpu.Total);
        Assert.Null(stats.Memory);
        Assert.Null(stats.Pids);
        Assert.Null(stats.Cpu.Pressure);
        Assert.Empty(stats.Io);
    }

    [Fact]
    public void The_json_has_the_names_and_sums_that_callers_of_runc_read()
    {
        WriteAll("c");
        JsonElement json = Json(Read("c"));
        Assert.Equal(5_000_000, json.GetProperty("cpu").GetProperty("usage").GetProperty("total").GetInt64());
        Assert.Equal(4, json.GetProperty("cpu").GetProperty("throttling").GetProperty("throttledPeriods").GetInt64());
        Assert.Equal(1.5, json.GetProperty("cpu").GetProperty("psi").GetProperty("some").GetProperty("avg10").GetDouble());
        Assert.Equal("[0,1,2]", json.GetProperty("cpuset").GetProperty("cpus").GetRawText());
        JsonElement memory = json.GetProperty("memory");
        Assert.Equal(12, memory.GetProperty("cache").GetInt64());
        Assert.Equal(8192, memory.GetProperty("usage").GetProperty("limit").GetInt64());
        Assert.Equal(3, memory.GetProperty("usage").GetProperty("failcnt").GetInt64());
        Assert.Equal(4196, memory.GetProperty("swap").GetProperty("usage").GetInt64());
        Assert.Equal(ulong.MaxValue, memory.GetProperty("swap").GetProperty("limit").GetUInt64());
        Assert.Equal(10, memory.GetProperty("raw").GetProperty("anon").GetInt64());
        Assert.Equal("""{"current":2}""", json.GetProperty("pids").GetRawText());
        Assert.Equal("""{"major":8,"op":"Read","value":1}""", json.GetProperty("blkio").GetProperty("ioServiceBytesRecursive")[0].GetRawText());
        Assert.Equal("""{"major":8,"minor":16,"op":"Read","value":9}""", json.GetProperty("blkio").GetProperty("ioServiceBytesRecursive")[3].GetRawText());
        Assert.Equal(0, json.GetProperty("network_interfaces").GetArrayLength());
    }

    [Theory]
    [InlineData("hugepages-64kB", "64KB")]
    [InlineData("hugepages-2048kB", "2MB")]
    [InlineData("hugepages-1048576kB", "1GB")]
    [InlineData("hugepages-16777216kB", "16GB")]
    public void Page_sizes_are_named_as_the_controller_names_them(string directory, string expected) =>
        Assert.Equal(expected, StatsReader.PageSizeOf(directory));

    [Theory]
    [InlineData("0-3,7", new[] { 0, 1, 2, 3, 7 })]
    [InlineData("5", new[] { 5 })]
    [InlineData("", new int[0])]
    [InlineData("x-y", new int[0])]
    public void Lists_are_numbers(string list, int[] expected) => Assert.Equal(expected, OciSpec.NumberList.Numbers(list));

    [Theory]
    [InlineData("oom 0\noom_kill 0\n", "4096", null)]
    [InlineData("oom 1\noom_kill 1\n", "4096", "/linux/resources/memory/limit: the kernel killed a process of the guest: it needed more than its limit of 4096 bytes")]
    [InlineData("oom 2\noom_kill 3\n", "4096", "/linux/resources/memory/limit: the kernel killed 3 processes of the guest: it needed more than its limit of 4096 bytes")]
    [InlineData("oom 0\noom_kill 1\n", "max", "the kernel killed a process of the guest: memory ran out on the machine, or at the limit of a cgroup above")]
    public void A_kill_for_memory_names_the_limit(string events, string limit, string? expected) =>
        Assert.Equal(expected, OomReport.Explain(Encoding.UTF8.GetBytes(events), limit, "0"));

    [Theory]
    [InlineData("6,1,2,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a.slice/x.scope,task_memcg=/a.slice/x.scope,task=dd,pid=7,uid=0\n", true, true)]
    [InlineData("6,1,2,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a.slice,task_memcg=/a.slice/x.scope/below,task=dd,pid=7,uid=0\n", true, false)]
    [InlineData("6,1,2,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a.slice/y.scope,task_memcg=/a.slice/y.scope,task=dd,pid=7,uid=0\n", false, false)]
    [InlineData("6,1,2,-;eth0: oom_memcg=/a.slice/x.scope,task_memcg=/a.slice/x.scope\n", false, false)]
    public void A_line_of_the_kernels_log_tells_in_which_cgroup_was_killed_and_at_whose_limit(string record, bool killed, bool atItsLimit)
    {
        Assert.Equal(killed, OomLog.IsKillIn(Encoding.UTF8.GetBytes(record), "/x.scope", out bool own));
        Assert.Equal(atItsLimit, own);
    }

    private static JsonElement Json(CgroupStats stats)
    {
        var writer = new OciSpec.JsonWriter(indented: false);
        StatsJson.Write(writer, stats);
        return JsonDocument.Parse(writer.Written.ToArray()).RootElement;
    }

    private CgroupStats Read(string path)
    {
        using Cgroup cgroup = Cgroup.Open(_fs.Root + "/" + path)!;
        return new StatsReader().Read(cgroup);
    }

    private void WriteAll(string c)
    {
        _fs.Write(c + "/cpu.stat", "usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\nnr_periods 10\nnr_throttled 4\nthrottled_usec 9\n");
        _fs.Write(c + "/cpu.pressure", Pressure);
        _fs.Write(c + "/cpuset.cpus.effective", "0-2\n");
        _fs.Write(c + "/cpuset.mems.effective", "0\n");
        _fs.Write(c + "/memory.current", "4096\n");
        _fs.Write(c + "/memory.max", "8192\n");
        _fs.Write(c + "/memory.peak", "5000\n");
        _fs.Write(c + "/memory.events", "low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\n");
        _fs.Write(c + "/memory.swap.current", "100\n");
        _fs.Write(c + "/memory.swap.max", "max\n");
        _fs.Write(c + "/memory.swap.events", "high 0\nmax 1\nfail 0\n");
        _fs.Write(c + "/memory.stat", "anon 10\nfile 12\nfile_mapped 99\nsock 3\n");
        _fs.Write(c + "/memory.pressure", Pressure);
        _fs.Write(c + "/pids.current", "2\n");
        _fs.Write(c + "/pids.max", "max\n");
        _fs.Write(c + "/io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n8:16 rbytes=9\n");
        _fs.Write(c + "/io.pressure", Pressure);
        _fs.Write(c + "/rdma.current", "mlx4_0 hca_handle=2 hca_object=2000\n");
    }
}
