using System.Text.Json;
using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.Cgroups;

/// <summary>events: its JSON, its rhythm, its end, and out-of-memory kills as they happen.</summary>
public sealed class EventsTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();

    public void Dispose() => _cctl.Dispose();

    [Fact]
    public void Statistics_once_have_the_form_that_callers_read()
    {
        using Bundle bundle = Start("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 1000", new());
        JsonElement data = default;
        Eventually.True(() => (data = Data(_cctl.Run("events", "--stats", _id).MustSucceed().Lines.Single())).GetProperty("cpu").GetProperty("usage").TryGetProperty("total", out _), Place.Deadline(10), () => data.ToString());
        JsonElement usage = data.GetProperty("cpu").GetProperty("usage");
        Assert.InRange(usage.GetProperty("kernel").GetUInt64() + usage.GetProperty("user").GetUInt64(), 1UL, usage.GetProperty("total").GetUInt64() + 2000);
        foreach (string section in new[] { "throttling", "usage" })
        {
            Assert.Equal(JsonValueKind.Object, data.GetProperty("cpu").GetProperty(section).ValueKind);
        }

        foreach (string section in new[] { "cpuset", "memory", "pids", "blkio", "hugetlb", "intel_rdt", "network_interfaces" })
        {
            Assert.True(data.TryGetProperty(section, out _), section);
        }

        if (File.Exists($"{Leftovers.CgroupMount}/cctl/{_id}/cpu.pressure"))
        {
            Assert.True(data.GetProperty("cpu").GetProperty("psi").GetProperty("some").TryGetProperty("avg10", out _));
        }

        if (Place.IsVm)
        {
            Assert.True(data.GetProperty("memory").GetProperty("usage").GetProperty("usage").GetUInt64() > 0);
            Assert.True(data.GetProperty("memory").GetProperty("raw").TryGetProperty("anon", out _));
            Assert.True(data.GetProperty("memory").GetProperty("psi").TryGetProperty("full", out _));
            Assert.True(data.GetProperty("blkio").TryGetProperty("psi", out _));
            Assert.True(data.GetProperty("pids").GetProperty("current").GetUInt64() > 0);
        }
    }

    [Fact]
    [HostOnly]
    public void Statistics_come_at_each_interval_until_the_guest_ends()
    {
        using Bundle bundle = Start("sleep 1000", new());
        using RunningCommand events = _cctl.Command("events", "--interval", "100ms", _id).Start();
        Eventually.True(() => events.Stdout.Split('\n').Length > 4, Place.Deadline(10), () => events.Stdout + events.Stderr);
        _cctl.Run("kill", _id, "KILL").MustSucceed();
        string[] lines = events.Wait(Place.Deadline(10)).MustSucceed().Lines;
        Assert.All(lines, l => Data(l));
        Assert.Contains("container not running", _cctl.Run("events", _id).MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Contains("not a duration", _cctl.Run("events", "--interval", "5", _id).MustExit(1).Stderr, StringComparison.Ordinal);
    }

    [Fact]
    [VmOnly]
    public void An_out_of_memory_kill_is_told_as_it_happens()
    {
        // The shell lives on after its child was killed. An hour's interval: only the kill itself can wake the reader.
        using Bundle bundle = Start("until test -e /go; do sleep 0.1; done; dd if=/dev/zero of=/dev/null bs=200M count=1; echo $? >/status.new; mv /status.new /status; sleep 1000", new() { Memory = new() { Limit = 32 << 20, Swap = 32 << 20 } });
        using RunningCommand events = _cctl.Command("events", "--interval", "1h", _id).Start();
        events.WaitForOutput("\"type\":\"stats\"", Place.Deadline(10));
        Assert.DoesNotContain("oom", events.Stdout.Split('\n')[0][..40], StringComparison.Ordinal);
        File.WriteAllText(bundle.Rootfs + "/go", "");
        events.WaitForOutput($$"""{"type":"oom","id":"{{_id}}"}""" + "\n", Place.Deadline(10));
        Eventually.True(() => File.Exists(bundle.Rootfs + "/status"), Place.Deadline(10), () => "the shell did not live on");
        Assert.Equal("137", File.ReadAllText(bundle.Rootfs + "/status").TrimEnd());
    }

    [Fact]
    [VmOnly]
    public void The_kill_that_ends_the_guest_is_told_too()
    {
        using Bundle bundle = Start("until test -e /go; do sleep 0.1; done; exec dd if=/dev/zero of=/dev/null bs=200M count=1", new() { Memory = new() { Limit = 32 << 20, Swap = 32 << 20 } });
        using RunningCommand events = _cctl.Command("events", "--interval", "1h", _id).Start();
        events.WaitForOutput("\"type\":\"stats\"", Place.Deadline(10));
        File.WriteAllText(bundle.Rootfs + "/go", "");
        Assert.Equal($$"""{"type":"oom","id":"{{_id}}"}""", events.Wait(Place.Deadline(10)).MustSucceed().Lines[^1]);
    }

    private Bundle Start(string script, LinuxResources resources)
    {
        Bundle bundle = Bundle.Script(script).With(c => c.Linux!.Resources = resources);
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, _id).MustSucceed();
        return bundle;
    }

    private JsonElement Data(string line)
    {
        JsonElement root = JsonDocument.Parse(line).RootElement;
        Assert.Equal("stats", root.GetProperty("type").GetString());
        Assert.Equal(_id, root.GetProperty("id").GetString());
        return root.GetProperty("data");
    }
}
