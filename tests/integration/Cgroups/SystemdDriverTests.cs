using System.Diagnostics;
using System.Globalization;
using Integration.Tests.Harness;
using OciSpec;
using Runtime.Cgroups;
using Runtime.Cgroups.Drivers;

namespace Integration.Tests.Cgroups;

/// <summary>Scopes of a real systemd: what it says of them, what the files say, and that both stay so.</summary>
[VmOnly]
public sealed class SystemdDriverTests : IDisposable
{
    private readonly string _id = "test-" + Guid.NewGuid().ToString("N")[..12];
    private readonly SystemdDriver _driver = new();
    private readonly Process _process = ProgramFiles.Start("sleep", ["600"]);
    private Cgroup? _cgroup;

    private string Unit => $"cctl-{_id}.scope";

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        if (_cgroup is not null)
        {
            _driver.Remove(Request(null), _cgroup.Path, 10_000);
            _cgroup.Dispose();
        }
    }

    [Fact]
    public void A_scope_holds_the_process_in_its_slice_with_delegation()
    {
        Start(null, "a-b.slice:cctl:" + _id);
        Assert.Equal($"/sys/fs/cgroup/a.slice/a-b.slice/{Unit}", _cgroup!.Path);
        Assert.Equal([_process.Id], _cgroup.Processes());
        Assert.Equal("yes", Show("Delegate"));
        Assert.Equal("cctl container " + _id, Show("Description"));
        Assert.Equal("inactive-or-failed", Show("CollectMode"));
        Assert.Equal("active", Show("ActiveState"));
    }

    [Fact]
    public void Every_limit_is_in_the_unit_and_in_the_files_and_a_reload_changes_none()
    {
        Start(new()
        {
            Memory = new() { Limit = 64 << 20, Swap = 96 << 20, Reservation = 16 << 20 },
            Cpu = new() { Shares = 2048, Quota = 25000, Period = 50000, Cpus = "0" },
            Pids = new() { Limit = 33 },
            BlockIO = new() { Weight = 500 },
            Unified = new() { ["memory.high"] = "50331648" },
        });
        Assert.Equal("67108864", Show("MemoryMax"));
        Assert.Equal("33554432", Show("MemorySwapMax"));
        Assert.Equal("16777216", Show("MemoryLow"));
        Assert.Equal("50331648", Show("MemoryHigh"));
        Assert.Equal("174", Show("CPUWeight"));
        Assert.Equal("500ms", Show("CPUQuotaPerSecUSec"));
        Assert.Equal("0", Show("AllowedCPUs"));
        Assert.Equal("33", Show("TasksMax"));
        Assert.Equal("4950", Show("IOWeight"));
        AssertFiles();
        Run("systemctl", "daemon-reload");
        AssertFiles();
        Assert.False(CanRead("/dev/kmsg"));
    }

    [Fact]
    public void Devices_are_those_of_the_rules_before_and_after_a_reload()
    {
        Start(new() { Devices = [new() { Allow = false, Access = "rwm" }, new() { Allow = true, Type = "c", Major = 1, Minor = 11, Access = "r" }] });
        Assert.Equal("strict", Show("DevicePolicy"));
        Assert.True(CanRead("/dev/kmsg"));
        Assert.True(CanRead("/dev/zero"));
        Assert.False(CanRead("/dev/vda"));
        Run("systemctl", "daemon-reload");
        Assert.True(CanRead("/dev/kmsg"));
        Assert.True(CanRead("/dev/zero"));
        Assert.False(CanRead("/dev/vda"));
    }

    [Fact]
    public void An_update_reaches_the_unit_and_the_files()
    {
        Start(new() { Pids = new() { Limit = 33 } });
        _driver.Update(Request(new() { Pids = new() { Limit = 44 }, Cpu = new() { Shares = 1024 } }), null, _cgroup!);
        Assert.Equal("44", Show("TasksMax"));
        Assert.Equal("44", Read("pids.max"));
        Assert.Equal("100", Show("CPUWeight"));
        var refused = new LinuxResources { Pids = new() { Limit = 55 }, Unified = new() { ["memory.max"] = "nonsense" } };
        Assert.Throws<CgroupException>(() => _driver.Update(Request(refused), null, _cgroup!));
        Assert.Equal("44", Read("pids.max"));
        Assert.Equal("44", Show("TasksMax"));
    }

    [Fact]
    public void An_update_that_systemd_refuses_gives_the_device_filter_back()
    {
        LinuxResources allowed = new() { Devices = [new() { Allow = true, Type = "c", Major = 1, Minor = 11, Access = "r" }] };
        Start(allowed);
        Directory.CreateDirectory(_cgroup!.Path + "/below");
        using Cgroup below = Cgroup.Open(_cgroup.Path + "/below")!;

        // No unit of systemd's bears this cgroup's name.
        Assert.Throws<CgroupException>(() => _driver.Update(Request(new() { Devices = [] }), allowed, below));
        Assert.True(CanRead("/dev/kmsg", below.Path));
        Assert.False(CanRead("/dev/vda", below.Path));
    }

    [Fact]
    public void Annotations_set_properties_and_a_wrong_one_is_named()
    {
        var annotations = new Dictionary<string, string> { ["org.systemd.property.TimeoutStopSec"] = "7", ["org.systemd.property.Description"] = "'mine'" };
        _cgroup = _driver.Attach(Request(null, annotations), null, _process.Id);
        Assert.Equal("7s", Show("TimeoutStopUSec"));
        Assert.Equal("mine", Show("Description"));

        annotations = new() { ["org.systemd.property.NoSuchThing"] = "true" };
        var request = new CgroupRequest { Id = _id + "x", Annotations = annotations };
        var e = Assert.Throws<CgroupException>(() => _driver.Attach(request, null, _process.Id));
        Assert.True(e.Message.Contains("NoSuchThing", StringComparison.Ordinal), e.Message);
    }

    [Fact]
    public void Removal_takes_unit_and_cgroup_away_and_the_name_can_be_used_again()
    {
        Start(null);
        string path = _cgroup!.Path;
        Directory.CreateDirectory(path + "/nested/below");
        _process.Kill();
        _process.WaitForExit();
        _driver.Remove(Request(null), path, 10_000);
        Assert.False(Directory.Exists(path));
        Assert.Equal("not-found", Show("LoadState"));
        _driver.Remove(Request(null), path, 1000);

        using Process second = ProgramFiles.Start("sleep", ["600"]);
        try
        {
            using Cgroup? again = _driver.Attach(Request(null), null, second.Id);
            Assert.Equal([second.Id], again!.Processes());
        }
        finally
        {
            second.Kill();
            second.WaitForExit();
        }
    }

    [Fact]
    public void A_scope_that_runs_already_is_refused()
    {
        Start(null);
        var e = Assert.Throws<CgroupException>(() => _driver.Attach(Request(null), null, _process.Id));
        Assert.True(e.Message.Contains("is not empty", StringComparison.Ordinal), e.Message);
        Assert.Equal([_process.Id], _cgroup!.Processes());
        Assert.Equal("/linux/cgroupsPath", e.Pointer);
    }

    [Fact]
    public void A_limit_that_the_kernel_refuses_leaves_no_scope()
    {
        var request = Request(new() { Unified = new() { ["io.max"] = "999:999 rbps=1" } });
        var e = Assert.Throws<CgroupException>(() => _driver.Attach(request, null, _process.Id));
        Assert.True(e.Message.StartsWith("/linux/resources/unified/io.max: write io.max: ENODEV", StringComparison.Ordinal), e.Message);
        Eventually.True(() => Show("LoadState") == "not-found", Place.Deadline(5), () => Show("ActiveState"));
    }

    [Fact]
    public void A_device_filter_that_the_kernel_refuses_leaves_no_scope()
    {
        // More instructions than a program may have; systemd has no name for devices of any major, and is given none.
        var rules = new List<LinuxDeviceCgroup>();
        for (int i = 0; i < 300_000; i++)
        {
            rules.Add(new() { Allow = true, Type = "c", Minor = i, Access = "r" });
        }

        var e = Assert.Throws<CgroupException>(() => _driver.Attach(Request(new() { Devices = rules }), null, _process.Id));
        Assert.Contains("attach the device filter", e.Message, StringComparison.Ordinal);
        Assert.Contains("E2BIG", e.Message, StringComparison.Ordinal);
        Eventually.True(() => Show("LoadState") == "not-found", Place.Deadline(5), () => Show("ActiveState"));
    }

    [Fact]
    public void A_failed_scope_of_the_name_that_is_left_does_not_stand_in_the_way()
    {
        using (var left = ProgramFiles.Start(new ProcessStartInfo("systemd-run", ["--quiet", "--scope", "--unit", Unit, "-p", "RuntimeMaxSec=100ms", "sleep", "60"]) { RedirectStandardError = true }))
        {
            Eventually.True(() => Show("ActiveState") == "failed", Place.Deadline(5), () => Show("ActiveState"));
            left.WaitForExit();
        }

        Start(null);
        Assert.Equal("active", Show("ActiveState"));
        Assert.Equal([_process.Id], _cgroup!.Processes());
    }

    private void AssertFiles()
    {
        Assert.Equal("67108864", Read("memory.max"));
        Assert.Equal("33554432", Read("memory.swap.max"));
        Assert.Equal("16777216", Read("memory.low"));
        Assert.Equal("50331648", Read("memory.high"));
        Assert.Equal("174", Read("cpu.weight"));
        Assert.Equal("25000 50000", Read("cpu.max"));
        Assert.Equal("0", Read("cpuset.cpus"));
        Assert.Equal("33", Read("pids.max"));
    }

    private CgroupRequest Request(LinuxResources? resources, Dictionary<string, string>? annotations = null, string? path = null) =>
        new() { Id = _id, CgroupsPath = path, Resources = resources, Annotations = annotations };

    private void Start(LinuxResources? resources, string? path = null)
    {
        CgroupRequest request = Request(resources, path: path);
        Assert.Null(_driver.Prepare(request));
        _cgroup = _driver.Attach(request, null, _process.Id);
    }

    private string Show(string property) => Run("systemctl", "show", "--value", "--property", property, Unit);

    private string Read(string file) => File.ReadAllText($"{_cgroup!.Path}/{file}").TrimEnd();

    private bool CanRead(string device, string? cgroup = null)
    {
        string script = string.Create(CultureInfo.InvariantCulture, $"echo $$ > {cgroup ?? _cgroup!.Path}/cgroup.procs && exec 3< {device}");
        using Process shell = ProgramFiles.Start(new ProcessStartInfo("sh", ["-c", script]) { RedirectStandardError = true });
        string error = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        Assert.True(shell.ExitCode == 0 || error.Contains("Operation not permitted", StringComparison.Ordinal), error);
        return shell.ExitCode == 0;
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = ProgramFiles.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true });
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.TrimEnd();
    }
}
