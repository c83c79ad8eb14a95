using System.Diagnostics;
using System.Globalization;
using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Cgroups;

/// <summary>What limits do to a guest, seen from inside and from outside; each where all controllers are.</summary>
[VmOnly]
public sealed class EffectTests : IDisposable
{
    private readonly Cctl _cctl = new();

    public void Dispose() => _cctl.Dispose();

    [Fact]
    public void A_memory_hog_is_killed_at_its_limit_and_its_neighbour_lives_on()
    {
        using Bundle quiet = Bundle.Script("echo up; sleep 600");
        string neighbour = Cctl.NewId();
        using RunningCommand running = _cctl.Command("run", "--bundle", quiet.Path, neighbour).Start();
        running.WaitForOutput("up", Place.Deadline(10));

        // dd fills a buffer of 200 MB; without swap there is nowhere to put it.
        using Bundle hog = Script("exec dd if=/dev/zero of=/dev/null bs=200M count=1", new() { Memory = new() { Limit = 32 << 20, Swap = 32 << 20 } });
        CommandResult result = _cctl.RunBundle(hog).MustExit(137);
        Assert.Contains("/linux/resources/memory/limit: the kernel killed a process of the guest: it needed more than its limit of 33554432 bytes", result.Stderr, StringComparison.Ordinal);
        Assert.False(running.HasExited);
        Assert.Contains("\"status\":\"running\"", _cctl.Run("state", neighbour).MustSucceed().Stdout.Replace(" ", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_memory_hog_in_a_scope_is_told_its_limit_although_systemd_removes_the_cgroup_at_once()
    {
        for (int i = 0; i < 4; i++)
        {
            using Bundle hog = Script("exec dd if=/dev/zero of=/dev/null bs=200M count=1", new() { Memory = new() { Limit = 32 << 20, Swap = 32 << 20 } });
            CommandResult result = _cctl.Run("--systemd-cgroup", "run", "--bundle", hog.Path, Cctl.NewId()).MustExit(137);
            Assert.Contains("/linux/resources/memory/limit: the kernel killed a process of the guest: it needed more than its limit of 33554432 bytes", result.Stderr, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(512)]
    [InlineData(256)]
    public void A_guest_runs_in_so_many_kibibytes_of_memory(int limit)
    {
        using Bundle bundle = new("/bin/true");
        bundle.With(c => c.Linux!.Resources = new() { Memory = new() { Limit = limit << 10, Swap = limit << 10 } });
        _cctl.RunBundle(bundle).MustSucceed();
    }

    [Fact]
    public void A_guest_that_has_too_little_memory_to_be_set_up_is_told_which_limit_it_was()
    {
        using Bundle bundle = new("/bin/true");
        bundle.With(c => c.Linux!.Resources = new() { Memory = new() { Limit = 32 << 10, Swap = 32 << 10 } });
        Assert.Contains(
            "/linux/resources/memory/limit: the kernel killed a process of the guest: it needed more than its limit of 32768 bytes to set itself up",
            _cctl.RunBundle(bundle).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_burners_share_a_cpu_by_their_weights()
    {
        // Shares whose weights are 100 and 300 (within rounding), pinned to one CPU.
        string light = StartBurner(new() { Unified = new() { ["cpu.weight"] = "100" }, Cpu = new() { Cpus = "0" } });
        string heavy = StartBurner(new() { Unified = new() { ["cpu.weight"] = "300" }, Cpu = new() { Cpus = "0" } });
        Thread.Sleep(1000);
        (ulong light0, ulong heavy0) = (Usage(light), Usage(heavy));
        Thread.Sleep(6000);
        double ratio = (double)(Usage(heavy) - heavy0) / (Usage(light) - light0);
        Assert.InRange(ratio, 2.7, 3.3);
    }

    [Fact]
    public void A_quota_of_half_a_cpu_gives_half()
    {
        string id = StartBurner(new() { Cpu = new() { Quota = 50_000, Period = 100_000 } });
        Thread.Sleep(1000);
        ulong before = Usage(id);
        var clock = Stopwatch.StartNew();
        Thread.Sleep(5000);
        double share = (Usage(id) - before) / (clock.Elapsed.TotalMilliseconds * 1000);
        Assert.InRange(share, 0.40, 0.56);
    }

    [Fact]
    public void A_fork_bomb_stops_at_the_number_of_tasks()
    {
        // The shell that cannot fork gives up; the guest itself, which it is a child of, stays.
        using Bundle bundle = Script("( while :; do sleep 600 & done ) 2>/dev/null; exec sleep 600", new() { Pids = new() { Limit = 10 } });
        string id = Cctl.NewId();
        using RunningCommand running = _cctl.Command("run", "--bundle", bundle.Path, id).Start();
        Eventually.True(() => Read(id, "pids.events") is not "max 0" and ['m', ..], Place.Deadline(10), () => Read(id, "pids.events") + running.Stdout + running.Stderr);
        Assert.InRange(int.Parse(Read(id, "pids.current"), CultureInfo.InvariantCulture), 1, 10);
    }

    [Fact]
    public void A_writer_is_held_to_its_bytes_a_second()
    {
        (string device, string directory) = DataDisk();
        string[] numbers = device.Split(':');
        long major = long.Parse(numbers[0], CultureInfo.InvariantCulture), minor = long.Parse(numbers[1], CultureInfo.InvariantCulture);
        using Bundle bundle = Script("dd if=/dev/zero of=/data/written bs=64k count=32 oflag=direct 2>&1", new()
        {
            BlockIO = new() { ThrottleWriteBpsDevice = [new() { Major = major, Minor = minor, Rate = 1 << 19 }] },
        });
        bundle.With(c => c.Mounts!.Add(new() { Destination = "/data", Type = "bind", Source = directory, Options = ["bind", "rw"] }));
        var clock = Stopwatch.StartNew();
        _cctl.RunBundle(bundle).MustSucceed();

        // 2 MiB at half a MiB a second.
        Assert.True(clock.Elapsed.TotalSeconds > 3, $"{clock.Elapsed.TotalSeconds} s");
        File.Delete(Path.Combine(directory, "written"));
    }

    [Fact]
    public void A_device_that_is_not_allowed_gives_EPERM_even_to_a_node_that_the_guest_makes()
    {
        using Bundle bundle = Script("mknod /dev/disk b 254 0 && echo made; dd if=/dev/disk of=/dev/null count=1 2>&1", new());
        bundle.With(c =>
        {
            c.Process!.Capabilities!.Bounding!.Add("CAP_MKNOD");
            c.Process.Capabilities.Effective!.Add("CAP_MKNOD");
            c.Process.Capabilities.Permitted!.Add("CAP_MKNOD");
        });
        CommandResult result = _cctl.RunBundle(bundle);
        Assert.Contains("made", result.Stdout, StringComparison.Ordinal);
        Assert.Contains("Operation not permitted", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cpuset_pins()
    {
        using Bundle bundle = Script("grep Cpus_allowed_list /proc/self/status", new() { Cpu = new() { Cpus = "1" } });
        Assert.EndsWith("\t1", _cctl.RunBundle(bundle).MustSucceed().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_sees_only_its_own_cgroup()
    {
        using Bundle bundle = Script("cat /proc/self/cgroup; ls -d /sys/fs/cgroup/*/ 2>/dev/null; cat /sys/fs/cgroup/cgroup.procs", new());
        string[] lines = _cctl.RunBundle(bundle).MustSucceed().Lines;
        Assert.Equal("0::/", lines[0]);
        Assert.Equal("1", lines[1]);
    }

    [Fact]
    public void With_the_systemd_driver_a_guest_runs_in_its_scope_and_sees_only_that()
    {
        using Bundle bundle = Script("cat /proc/self/cgroup; sleep 600", new() { Pids = new() { Limit = 30 } });
        bundle.With(c => c.Linux!.CgroupsPath = "system.slice:effect:web");
        string id = Cctl.NewId();
        using RunningCommand running = _cctl.Command("--systemd-cgroup", "run", "--bundle", bundle.Path, id).Start();
        running.WaitForOutput("0::/\n", Place.Deadline(10));
        Assert.Equal("30", File.ReadAllText("/sys/fs/cgroup/system.slice/effect-web.scope/pids.max").TrimEnd());
        _cctl.Run("delete", "--force", id).MustSucceed();
        Assert.False(Directory.Exists("/sys/fs/cgroup/system.slice/effect-web.scope"));
        Assert.Equal("not-found", Command.Run("systemctl", "show", "--value", "--property", "LoadState", "effect-web.scope").Text);
    }

    private static Bundle Script(string script, LinuxResources resources) => Bundle.Script(script).With(c => c.Linux!.Resources = resources);

    private string StartBurner(LinuxResources resources)
    {
        string id = Cctl.NewId();
        using Bundle bundle = Script("while :; do :; done", resources);
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        return id;
    }

    private static ulong Usage(string id)
    {
        string line = Read(id, "cpu.stat").Split('\n')[0];
        return ulong.Parse(line["usage_usec ".Length..], CultureInfo.InvariantCulture);
    }

    private static string Read(string id, string file)
    {
        string path = $"/sys/fs/cgroup/cctl/{id}/{file}";
        return File.Exists(path) ? File.ReadAllText(path).TrimEnd() : "no " + path;
    }

    // The virtual machine's own disk for this: major:minor of the whole disk, and where it is mounted.
    private static (string Device, string Directory) DataDisk()
    {
        foreach (string line in File.ReadAllLines("/proc/self/mountinfo"))
        {
            string[] words = line.Split(' ');
            if (words[4] == "/data")
            {
                return (words[2], words[4]);
            }
        }

        throw new InvalidOperationException("the virtual machine has no disk on /data");
    }
}
