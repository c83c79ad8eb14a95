using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Cgroups;

/// <summary>update: what it changes, what a refusal leaves, and that what holds is remembered.</summary>
public sealed class UpdateTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();

    public void Dispose() => _cctl.Dispose();

    private string Cgroup => $"{Leftovers.CgroupMount}/cctl/{_id}";

    [Theory]
    [InlineData("created")]
    [InlineData("running")]
    [InlineData("paused")]
    public void Limits_change_in_each_state_and_the_state_stays(string status)
    {
        string size = Directory.Exists("/sys/kernel/mm/hugepages/hugepages-2048kB") ? "2MB" : "1GB";
        using Bundle bundle = Sleeper(new() { HugepageLimits = [new() { PageSize = size, Limit = 4 << 20 }] });
        Reach(status, bundle);
        Update($$"""{"hugepageLimits":[{"pageSize":"{{size}}","limit":8388608}]}""").MustSucceed();
        Assert.Equal("8388608", Read($"hugetlb.{size}.max"));
        Assert.Contains($"\"{status}\"", _cctl.Run("state", _id).MustSucceed().Stdout, StringComparison.Ordinal);

        // The first of the two is written before the second is refused.
        CommandResult refused = Update($$$"""{"hugepageLimits":[{"pageSize":"{{{size}}}","limit":2097152}],"unified":{"hugetlb.{{{size}}}.no":"1"}}""").MustExit(1);
        Assert.Contains($"/linux/resources/unified/hugetlb.{size}.no: write hugetlb.{size}.no: ENOENT", refused.Stderr, StringComparison.Ordinal);
        Assert.Equal("8388608", Read($"hugetlb.{size}.max"));
        Assert.Equal("8388608", Read($"hugetlb.{size}.rsvd.max"));
        string kept = File.ReadAllText(Path.Combine(_cctl.StateRoot, _id, "config.json"));
        Assert.Contains("8388608", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("2097152", kept, StringComparison.Ordinal);
    }

    [Fact]
    [HostOnly]
    public void Device_rules_are_replaced_while_the_guest_runs()
    {
        using Bundle bundle = Sleeper(new());
        bundle.With(c =>
        {
            c.Linux!.Devices = [new() { Type = "c", Path = "/dev/kmsg", Major = 1, Minor = 11 }];
            foreach (List<string>? set in new[] { c.Process!.Capabilities!.Bounding, c.Process.Capabilities.Effective, c.Process.Capabilities.Permitted })
            {
                set!.Add("CAP_SYSLOG"); // What the device itself asks for.
            }
        });
        Reach("running", bundle);
        Assert.NotEqual(0, _cctl.Run("exec", _id, "sh", "-c", "exec 3</dev/kmsg").ExitCode);
        Update("""{"devices":[{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}]}""").MustSucceed();
        _cctl.Run("exec", _id, "sh", "-c", "exec 3</dev/kmsg").MustSucceed();
        Update("""{"devices":[]}""").MustSucceed();
        Assert.NotEqual(0, _cctl.Run("exec", _id, "sh", "-c", "exec 3</dev/kmsg").ExitCode);
    }

    [Fact]
    public void What_v2_does_not_know_is_a_warning_and_with_strict_a_failure()
    {
        using Bundle bundle = new Bundle("/bin/true").With(c => c.Linux!.Resources = new() { Memory = new() { Swappiness = 10 } });
        const string Message = "/linux/resources/memory/swappiness: cgroup v2 has no swappiness of a cgroup";
        Assert.Contains(Message + ", ignored", _cctl.RunBundle(bundle).MustSucceed().Stderr, StringComparison.Ordinal);
        Assert.Contains(Message + "\n", _cctl.RunBundle(bundle, "--strict").MustExit(1).Stderr, StringComparison.Ordinal);

        using Bundle sleeper = Sleeper(new());
        Reach("running", sleeper);
        Assert.Contains("/kernel: ", _cctl.Run("update", "--kernel-memory", "1m", _id).MustSucceed().Stderr, StringComparison.Ordinal);
        Assert.Contains("/realtimeRuntime: cgroup v2 has no real-time budget, ignored", _cctl.Run("update", "--cpu-rt-runtime", "1000", _id).MustSucceed().Stderr, StringComparison.Ordinal);
        Assert.Contains("/kernel: ", _cctl.Run("update", "--strict", "--kernel-memory", "1m", _id).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [HostOnly]
    [InlineData("--memory", "1x", "--memory 1x: bytes, a size such as 512m or 1.5g, or -1")]
    [InlineData("--pids-limit", "-2", "--pids-limit -2: not a number from -1 up")]
    [InlineData("--cpu-shares", "x", "--cpu-shares x: not a number from 0 up")]
    [InlineData("--blkio-weight", "9", "cctl: --blkio-weight: 9 is out of range")]
    [InlineData("--l3-cache-schema", "L3:0=f", "it was created without intelRdt")]
    [InlineData("--resources", "/nowhere", "--resources /nowhere: ENOENT")]
    public void A_value_that_cannot_be_is_refused(string option, string value, string message)
    {
        using Bundle bundle = Sleeper(new());
        Reach("running", bundle);
        Assert.Contains(message, _cctl.Run("update", option, value, _id).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [VmOnly]
    [InlineData("cgroupfs")]
    [InlineData("systemd")]
    public void Every_option_sets_its_file_and_a_refused_one_gives_all_of_them_back(string driver)
    {
        bool systemd = driver == "systemd";
        using Bundle bundle = Sleeper(new());
        bundle.With(c => c.Linux!.CgroupsPath = systemd ? "system.slice:cctl:" + _id : null);
        _cctl.Run("--cgroup-manager", driver, "run", "--detach", "--bundle", bundle.Path, _id).MustSucceed();
        string cgroup = systemd ? $"{Leftovers.CgroupMount}/system.slice/cctl-{_id}.scope" : Cgroup;
        _cctl.Run(
            "update", "--memory", "64m", "--memory-reservation", "16m", "--memory-swap", "96m", "--cpu-share", "2048", "--cpu-quota", "25000", "--cpu-period", "50000",
            "--cpu-burst", "5000", "--cpuset-cpus", "0", "--cpuset-mems", "0", "--pids-limit", "44", "--blkio-weight", "500", _id).MustSucceed();
        AssertAll(cgroup, "25000 50000");

        // Memory, swap and quota are written before the list of CPUs is refused.
        CommandResult refused = _cctl.Run("update", "--memory", "48m", "--memory-swap", "48m", "--pids-limit", "55", "--cpu-quota", "30000", "--cpuset-cpus", "999", _id).MustExit(1);
        Assert.Contains("/linux/resources/cpu/cpus: write cpuset.cpus: E", refused.Stderr, StringComparison.Ordinal);
        AssertAll(cgroup, "25000 50000");

        // The quota is remembered where the period alone is given.
        _cctl.Run("update", "--cpu-period", "100000", _id).MustSucceed();
        AssertAll(cgroup, "25000 100000");
        _cctl.Run("update", "--cpu-quota", "-1", "--memory", "-1", _id).MustSucceed();
        Assert.Equal(["max 100000", "max", "max"], new[] { "cpu.max", "memory.max", "memory.swap.max" }.Select(f => File.ReadAllText($"{cgroup}/{f}").TrimEnd()));
        if (systemd)
        {
            Command.Run("systemctl", "daemon-reload").MustSucceed();
            Assert.Equal("44", File.ReadAllText(cgroup + "/pids.max").TrimEnd());
            Assert.Equal("max", File.ReadAllText(cgroup + "/memory.max").TrimEnd());
        }

        _cctl.Run("update", "--resources", "-", _id).MustExit(1);
        Assert.Contains("checkBeforeUpdate", Update("""{"memory":{"limit":4096,"checkBeforeUpdate":true}}""").MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    [VmOnly]
    public void An_idle_guest_has_no_weight_until_it_is_not()
    {
        using Bundle bundle = Sleeper(new());
        Reach("running", bundle);
        _cctl.Run("update", "--cpu-idle", "1", _id).MustSucceed();
        Assert.Equal("1", Read("cpu.idle"));
        Assert.Contains("the cgroup is idle", _cctl.Run("update", "--cpu-share", "512", _id).MustExit(1).Stderr, StringComparison.Ordinal);
        _cctl.Run("update", "--cpu-idle", "0", "--cpu-share", "1024", _id).MustSucceed();
        Assert.Equal("100", Read("cpu.weight"));
    }

    private static Bundle Sleeper(LinuxResources resources) => new Bundle("/bin/sleep", "1000").With(c => c.Linux!.Resources = resources);

    private void Reach(string status, Bundle bundle)
    {
        string verb = status == "created" ? "create" : "run";
        string detach = status == "created" ? "" : "--detach";

        // The guest inherits the streams: a pipe that the test reads would stay open with it.
        Command.Run("/bin/sh", "-c", $"'{Cctl.Executable}' --root '{_cctl.StateRoot}' {verb} {detach} --bundle '{bundle.Path}' {_id} </dev/null >/dev/null 2>&1").MustSucceed();
        if (status == "paused")
        {
            _cctl.Run("pause", _id).MustSucceed();
        }
    }

    private CommandResult Update(string resources)
    {
        Command command = _cctl.Command("update", "--resources", "-", _id);
        using RunningCommand running = command.Start();
        running.Write(resources);
        running.CloseInput();
        return running.Wait(Place.Deadline(10));
    }

    private string Read(string file) => File.ReadAllText($"{Cgroup}/{file}").TrimEnd();

    private static void AssertAll(string cgroup, string cpuMax)
    {
        string[] files = ["memory.max", "memory.low", "memory.swap.max", "cpu.weight", "cpu.max", "cpu.max.burst", "cpuset.cpus", "cpuset.mems", "pids.max"];
        Assert.Equal(["67108864", "16777216", "33554432", "174", cpuMax, "5000", "0", "0", "44"], files.Select(f => File.ReadAllText($"{cgroup}/{f}").TrimEnd()));
        string weight = File.Exists(cgroup + "/io.bfq.weight") ? "io.bfq.weight" : "io.weight";
        Assert.Contains(weight == "io.weight" ? "4950" : "500", File.ReadAllText($"{cgroup}/{weight}"), StringComparison.Ordinal);
    }
}
