using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Integration.Tests.Harness;
using Runtime.Cgroups;

namespace Integration.Tests.Cgroups;

/// <summary>stats: a table, in place on a terminal, or JSON.</summary>
public sealed class StatsCommandTests : IDisposable
{
    private readonly Cctl _cctl = new();

    public void Dispose() => _cctl.Dispose();

    [Fact]
    [HostOnly]
    public void A_guest_that_burns_a_cpu_shows_beside_one_that_sleeps()
    {
        (string burner, string sleeper) = (Start("while :; do :; done"), Start("sleep 1000"));
        _cctl.Run("pause", sleeper).MustSucceed();
        string[] table = _cctl.Run("stats", "--no-stream", burner, sleeper).MustSucceed().Lines;
        Assert.Matches("^ID +STATUS +CPU % +MEMORY / LIMIT +READ / WRITTEN +PIDS / LIMIT +CPU PSI +MEM PSI +I/O PSI$", table[0]);
        Assert.Matches($"^{burner} +running +[0-9.]+ +", table[1]);
        Assert.Matches($"^{sleeper} +paused +0.0 +", table[2]);

        JsonElement[] all = [.. Json("stats", "--no-stream", "--format", "json").EnumerateArray()];
        Assert.Equal(new[] { burner, sleeper }.Order(StringComparer.Ordinal), all.Select(e => e.GetProperty("id").GetString()));
        double Percent(string id) => all.Single(e => e.GetProperty("id").GetString() == id).GetProperty("cpu").GetProperty("percent").GetDouble();
        Assert.InRange(Percent(burner), 5, 110);
        Assert.InRange(Percent(sleeper), 0, 1);
    }

    [Fact]
    [VmOnly]
    public void Memory_tasks_and_their_limits_are_counted()
    {
        string id = Start("sleep 1000 & sleep 1000; true", new() { Memory = new() { Limit = 64 << 20 }, Pids = new() { Limit = 20 } });
        Eventually.True(() => Json("stats", "--no-stream", "-f", "json", id)[0].GetProperty("pids").GetProperty("current").GetInt32() == 3, Place.Deadline(10), () => "no three tasks");
        JsonElement stats = Json("stats", "--no-stream", "-f", "json", id)[0];
        Assert.Equal(64 << 20, stats.GetProperty("memory").GetProperty("limit").GetInt32());
        Assert.InRange(stats.GetProperty("memory").GetProperty("usage").GetInt32(), 1 << 12, 64 << 20);
        Assert.Equal(20, stats.GetProperty("pids").GetProperty("limit").GetInt32());
        Assert.Equal(JsonValueKind.Number, stats.GetProperty("memory").GetProperty("pressure").ValueKind);
        Assert.Equal(JsonValueKind.Number, stats.GetProperty("io").GetProperty("written").ValueKind);
        Assert.Matches($"^{id} +running +[0-9.]+ +[0-9.]+[KM]iB / 64.0MiB +[0-9.]+\\w+ / [0-9.]+\\w+ +3 / 20 +[0-9.]+ +[0-9.]+ +[0-9.]+$", _cctl.Run("stats", "--no-stream").MustSucceed().Lines[1]);
    }

    [Fact]
    [HostOnly]
    public void On_a_terminal_the_table_is_shown_in_its_place_until_the_guest_ends()
    {
        string id = Start("sleep 1000");
        using RunningCommand stats = new Command("script", "-qec", $"stty rows 24 cols 60; '{Cctl.Executable}' --root '{_cctl.StateRoot}' stats --interval 100ms {id}", "/dev/null").Start();
        stats.WaitForOutput("\e[2A\r", Place.Deadline(10));
        string[] lines = stats.Stdout.Split("\r\n");
        Assert.StartsWith("ID ", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("\e[K", lines[0], StringComparison.Ordinal);
        Assert.Equal(60, lines[0].Length - "\e[K".Length);
        _cctl.Run("kill", id, "KILL").MustSucceed();
        stats.Wait(Place.Deadline(10)).MustSucceed();
    }

    [Fact]
    [HostOnly]
    public void Elsewhere_it_is_printed_again_and_again_without_control_sequences()
    {
        string id = Start("sleep 1000");
        using RunningCommand stats = _cctl.Command("stats", "--interval", "50ms", id).Start();
        Eventually.True(() => stats.Stdout.Split("PIDS / LIMIT").Length > 3, Place.Deadline(10), () => stats.Stdout + stats.Stderr);
        Assert.DoesNotContain("\e", stats.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    [HostOnly]
    public void A_guest_that_is_not_there_or_has_ended_is_named()
    {
        string id = Start("true");
        Eventually.True(() => _cctl.Run("state", id).Stdout.Contains("\"stopped\"", StringComparison.Ordinal), Place.Deadline(10), () => "it still runs");
        Assert.Contains("container not running", _cctl.Run("stats", "--no-stream", id).MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Contains("does not exist", _cctl.Run("stats", "--no-stream", "nobody").MustExit(1).Stderr, StringComparison.Ordinal);
        Assert.Single(_cctl.Run("stats", "--no-stream").MustSucceed().Lines);
    }

    [Fact]
    [HostOnly]
    public void A_thousand_containers_are_shown_in_less_than_a_second()
    {
        // A thousand records of one process, each with a cgroup of its own.
        string first = Start("sleep 1000");
        string directory = Path.Combine(_cctl.StateRoot, first);
        string state = File.ReadAllText(Path.Combine(directory, "state.json"));
        string parent = $"{Leftovers.CgroupMount}/cctl/{first}";
        string[] ids = [.. Enumerable.Range(0, 1000).Select(i => string.Create(CultureInfo.InvariantCulture, $"{first}-{i}"))];
        try
        {
            foreach (string id in ids)
            {
                Directory.CreateDirectory($"{parent}/{id}");
                Directory.CreateDirectory(Path.Combine(_cctl.StateRoot, id));
                File.WriteAllText(Path.Combine(_cctl.StateRoot, id, "state.json"), state.Replace(parent, $"{parent}/{id}", StringComparison.Ordinal).Replace($"\"{first}\"", $"\"{id}\"", StringComparison.Ordinal));
            }

            // The best of three: what is measured is the reading, not the neighbours on this machine.
            long best = long.MaxValue;
            for (int round = 0; round < 3; round++)
            {
                var watch = Stopwatch.StartNew();
                Assert.Equal(1002, _cctl.Run("stats", "--no-stream").MustSucceed().Lines.Length);
                best = Math.Min(best, watch.ElapsedMilliseconds);
            }

            // 300 ms of it are the pause between two readings of CPU time.
            Assert.InRange(best, 300, 1300);
        }
        finally
        {
            foreach (string id in ids)
            {
                Cgroup.Remove($"{parent}/{id}", 1000);
                string record = Path.Combine(_cctl.StateRoot, id);
                if (Directory.Exists(record))
                {
                    Directory.Delete(record, recursive: true);
                }
            }
        }
    }

    private string Start(string script, OciSpec.LinuxResources? resources = null)
    {
        string id = Cctl.NewId();
        using Bundle bundle = Bundle.Script(script).With(c => c.Linux!.Resources = resources);
        _cctl.Run("run", "--detach", "--bundle", bundle.Path, id).MustSucceed();
        return id;
    }

    private JsonElement Json(params string[] arguments) => JsonDocument.Parse(_cctl.Run(arguments).MustSucceed().Stdout).RootElement;
}
