using System.Diagnostics;
using Integration.Tests.Harness;
using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;

namespace Integration.Tests.Cgroups;

/// <summary>Control of a real cgroup on the host's v2 mount; root, no controller needed.</summary>
public sealed class CgroupLifeTests : IDisposable
{
    private readonly string _id = "test-" + Guid.NewGuid().ToString("N")[..12];
    private readonly CgroupfsDriver _driver = new();
    private readonly List<Process> _processes = [];

    public void Dispose()
    {
        foreach (Process process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        using CgroupMount? mount = CgroupMount.Find();
        Cgroup.Remove($"{mount!.Path}/cctl/{_id}", 5000);
        _driver.Dispose();
    }

    [Fact]
    public void A_fresh_cgroup_is_empty_and_goes_away()
    {
        using Cgroup cgroup = Create();
        Assert.True(cgroup.IsNew);
        Assert.False(cgroup.IsPopulated);
        cgroup.Remove(1000);
        Assert.Null(Cgroup.Open(cgroup.Path));
        cgroup.Remove(1000);
    }

    [Fact]
    public void A_cgroup_with_a_process_is_refused_to_a_second_container()
    {
        using Cgroup cgroup = Create();
        Spawn(cgroup.Path);
        var e = Assert.Throws<CgroupException>(Create);
        Assert.Contains("not empty", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cgroup_below_a_frozen_one_is_refused()
    {
        using Cgroup cgroup = Create();
        cgroup.Freeze(2000);
        Assert.Throws<CgroupException>(() => _driver.Prepare(new CgroupRequest { Id = "x", CgroupsPath = $"/cctl/{_id}/below" }));
        Assert.False(Directory.Exists(cgroup.Path + "/below"));
        cgroup.Thaw(2000);
    }

    [Fact]
    public void Processes_of_nested_cgroups_are_listed_killed_and_their_cgroups_removed()
    {
        using Cgroup cgroup = Create();
        Directory.CreateDirectory(cgroup.Path + "/a/b");
        Process outer = Spawn(cgroup.Path);
        Process inner = Spawn(cgroup.Path + "/a/b");
        Assert.Equal([outer.Id, inner.Id], cgroup.Processes());

        cgroup.Kill();
        Assert.True(inner.WaitForExit(5000));
        Assert.True(outer.WaitForExit(5000));
        cgroup.Remove(5000);
        Assert.False(Directory.Exists(cgroup.Path));
    }

    [Fact]
    public void A_frozen_process_stands_still_and_can_be_killed()
    {
        using Cgroup cgroup = Create();
        Process process = Spawn(cgroup.Path);
        cgroup.Freeze(2000);
        Assert.True(cgroup.IsFrozen);
        cgroup.Kill();
        Assert.True(process.WaitForExit(5000));
        cgroup.Remove(5000);
    }

    [Fact]
    public void Removal_waits_for_a_process_that_is_on_its_way_out()
    {
        using Cgroup cgroup = Create();
        Spawn(cgroup.Path, "0.3");
        cgroup.Remove(10_000);
        Assert.False(Directory.Exists(cgroup.Path));
    }

    [Fact]
    public void Removal_names_the_process_that_stays()
    {
        using Cgroup cgroup = Create();
        Process process = Spawn(cgroup.Path);
        var e = Assert.Throws<CgroupException>(() => cgroup.Remove(50));
        Assert.Contains($"process {process.Id} is still in it", e.Message, StringComparison.Ordinal);
    }

    private Cgroup Create() => _driver.Prepare(new CgroupRequest { Id = _id })!;

    private Process Spawn(string path, string seconds = "60")
    {
        Process process = ProgramFiles.Start(new ProcessStartInfo("sleep", [seconds]));
        _processes.Add(process);
        File.WriteAllText(path + "/cgroup.procs", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return process;
    }
}
