using System.Diagnostics;
using Integration.Tests.Harness;
using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;
using Runtime.Cgroups.Stats;

namespace Integration.Tests.Cgroups;

/// <summary>Statistics of real cgroups.</summary>
public sealed class StatsTests : IDisposable
{
    private readonly string _parent = "cctl-test-" + Guid.NewGuid().ToString("N")[..12];
    private readonly CgroupfsDriver _driver = new();
    private readonly CgroupMount _mount = CgroupMount.Find()!;

    public void Dispose()
    {
        Cgroup.Remove($"{_mount.Path}/{_parent}", 5000);
        _mount.Dispose();
        _driver.Dispose();
    }

    [Fact]
    [HostOnly]
    public void A_thousand_cgroups_are_read_in_less_than_a_second()
    {
        for (int i = 0; i < 1000; i++)
        {
            Create("c" + i).Dispose();
        }

        // The best of three: what is measured is the reading, not the neighbours on this machine.
        long best = long.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            var reader = new StatsReader();
            var watch = Stopwatch.StartNew();
            for (int i = 0; i < 1000; i++)
            {
                using Cgroup cgroup = Cgroup.Open($"{_mount.Path}/{_parent}/c{i}")!;
                Assert.NotNull(reader.Read(cgroup));
            }

            best = Math.Min(best, watch.ElapsedMilliseconds);
        }

        Assert.InRange(best, 0, 1000);
    }

    [Fact]
    [HostOnly]
    public void Cpu_time_that_was_burnt_is_counted()
    {
        using Cgroup cgroup = Create("burn");
        using Process burner = ProgramFiles.Start("sh", ["-c", $"echo $$ > {cgroup.Path}/cgroup.procs; i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"]);
        burner.WaitForExit();
        CgroupStats stats = new StatsReader().Read(cgroup);
        Assert.True(stats.Cpu.Total > 10_000_000, $"{stats.Cpu.Total} ns");
        Assert.Equal(stats.Cpu.Total, stats.Cpu.User + stats.Cpu.Kernel, 2000.0);
    }

    private Cgroup Create(string name) => _driver.Prepare(new CgroupRequest { Id = name, CgroupsPath = $"/{_parent}/{name}" })!;
}
