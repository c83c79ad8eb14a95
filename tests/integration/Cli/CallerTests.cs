using System.Globalization;
using System.Text.Json;
using Integration.Tests.Harness;

namespace Integration.Tests.Cli;

/// <summary>
/// The command lines of containerd's shim (go-runc) and of podman with conmon, in their order and spelling: options of the
/// whole program first, signals as numbers, the id last. The programs themselves are in Stacks.
/// </summary>
public sealed class CallerTests : IDisposable
{
    private readonly Cctl _cctl = new();
    private readonly TempDir _directory = new();
    private readonly Bundle _bundle = new("/bin/sleep", "1000");
    private readonly string _id = Cctl.NewId();
    private string[] _options = [];

    public void Dispose()
    {
        _cctl.Dispose();
        _bundle.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void The_shim_of_containerd_gets_the_answers_that_it_parses() => DriveAsShim();

    [Fact]
    [VmOnly]
    public void The_shim_of_containerd_gets_the_same_with_the_cgroups_of_systemd()
    {
        _bundle.With(c => c.Linux!.CgroupsPath = "system.slice:shim:" + _id);
        DriveAsShim("--systemd-cgroup");
    }

    [Theory]
    [InlineData("--cgroup-manager", "cgroupfs")]
    [InlineData("--cgroup-manager", "disabled")]
    public void Conmon_and_podman_get_what_they_expect(params string[] manager) => DriveAsPodman(manager);

    [Fact]
    [VmOnly]
    public void Conmon_and_podman_get_the_same_with_the_cgroups_of_systemd()
    {
        _bundle.With(c => c.Linux!.CgroupsPath = "machine.slice:libpod:" + _id);
        DriveAsPodman("--systemd-cgroup");
    }

    [Theory]
    [InlineData]
    [InlineData("--root", "ROOT", "--log", "LOG", "--log-format", "json", "--systemd-cgroup")]
    [InlineData("--root=ROOT", "--debug", "--rootless=true")]
    public void Features_are_told_before_there_is_a_container_whatever_stands_in_front(params string[] options)
    {
        string[] words = [.. options.Select(o => o.Replace("ROOT", _directory["none"], StringComparison.Ordinal).Replace("LOG", _directory["log.json"], StringComparison.Ordinal)), "features"];
        CommandResult result = new Command(Cctl.Executable, words) { Directory = "/" }.Run().MustSucceed();
        using var json = JsonDocument.Parse(result.Stdout);
        Assert.Equal("1.3.0", json.RootElement.GetProperty("ociVersionMax").GetString());
        Assert.Empty(result.Stderr);
    }

    private void DriveAsShim(params string[] more)
    {
        _options = ["--root", _cctl.StateRoot, "--log", _directory["log.json"], "--log-format", "json", .. more];
        Assert.Equal(3, Call("--version").Lines.Length);
        Assert.Equal("[]", Call("list", "--format=json").Text);
        Detached("create", "--bundle", _bundle.Path, "--pid-file", _directory["init.pid"], _id);
        int pid = Pid("init.pid");
        Assert.Equal(("created", pid), Status());
        Call("start", _id);
        AssertListed(pid);

        Detached("exec", "--process", SleepingProcess(), "--detach", "--pid-file", _directory["exec.pid"], _id);
        Assert.Equal(new[] { pid, Pid("exec.pid") }.Order(), Pids());
        string[] table = Call("ps", "--format", "table", _id, "-ef").Lines;
        Assert.Matches("^UID +PID ", table[0]);
        Assert.Equal(3, table.Length);

        JsonElement stats = Parse(Call("events", "--stats", _id).Lines.Single());
        Assert.Equal(("stats", _id), (stats.GetProperty("type").GetString(), stats.GetProperty("id").GetString()));
        using (RunningCommand events = new Command(Cctl.Executable, [.. _options, "events", "--interval=1s", _id]).Start())
        {
            events.WaitForOutput("\"type\":\"stats\"", Place.Deadline(10));
        }

        PauseAndResume(pid);
        Update(["--resources", "-"], Limit);
        Call("kill", "--all", _id, "9");
        AwaitStopped();
        Assert.False(File.Exists(_directory["log.json"]) && File.ReadAllText(_directory["log.json"]).Contains("\"error\"", StringComparison.Ordinal));
        AssertFails("container not running", "kill", _id, "15");
        Call("delete", _id);
        AssertFails("does not exist", "state", _id);
        AssertFails("does not exist", "delete", _id);
        Assert.Empty(Call("delete", "--force", _id).Stderr);
        Leftovers.AssertNone(_cctl.StateRoot, _id, _bundle.Path, "as the shim");
    }

    private void DriveAsPodman(params string[] manager)
    {
        bool hasCgroup = !manager.Contains("disabled");
        _options = [.. manager, "--root", _cctl.StateRoot, "--log-format=json", "--log", _directory["log.json"]];
        Detached("create", "--bundle", _bundle.Path, "--pid-file", _directory["init.pid"], "--no-pivot", "--no-new-keyring", _id);
        int pid = Pid("init.pid");
        Call("start", _id);
        Assert.Equal(("running", pid), Status());
        Detached("exec", "--pid-file", _directory["exec.pid"], "--process", SleepingProcess(), "--detach", "--preserve-fds", "0", _id);
        Assert.Equal("sleep\n", File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{Pid("exec.pid")}/comm")));
        if (hasCgroup)
        {
            PauseAndResume(pid);
            Update(["--resources=" + _directory.WriteFile("resources", Limit)], "");
            Call("kill", "--all", _id, "0");
        }

        Call("kill", _id, "9");
        AwaitStopped();
        Call("delete", "--force", _id);
        Call("delete", "--force", _id);
        Leftovers.AssertNone(_cctl.StateRoot, _id, _bundle.Path, "as podman");
    }

    // The host may have its controllers on cgroup v1.
    private static string Limit => Place.IsVm ? """{"memory":{},"cpu":{},"pids":{"limit":50}}""" : """{"memory":{},"cpu":{}}""";

    private void Update(string[] resources, string input)
    {
        new Command(Cctl.Executable, [.. _options, "update", .. resources, _id]) { Input = input }.Run().MustSucceed();
        if (Place.IsVm)
        {
            Assert.Equal("50\n", File.ReadAllText(Leftovers.Cgroups(_id).Single() + "/pids.max"));
        }
    }

    private void PauseAndResume(int pid)
    {
        Call("pause", _id);
        Assert.Equal(("paused", pid), Status());
        Call("resume", _id);
        Assert.Equal(("running", pid), Status());
    }

    private void AssertListed(int pid)
    {
        JsonElement listed = Parse(Call("list", "--format=json").Stdout).EnumerateArray().Single();
        Assert.Equal(
            ("running", pid, _bundle.Path, _bundle.Rootfs, "root"),
            (listed.GetProperty("status").GetString(), listed.GetProperty("pid").GetInt32(), listed.GetProperty("bundle").GetString(), listed.GetProperty("rootfs").GetString(), listed.GetProperty("owner").GetString()));
        Assert.True(listed.GetProperty("created").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddHours(-1));
        Assert.Equal(_id, Call("list", "--quiet").Text);
        Assert.Equal([pid], Pids());
    }

    // What fails has a line in the log, whose last one is what callers show and look into.
    private void AssertFails(string message, params string[] words)
    {
        new Command(Cctl.Executable, [.. _options, .. words]).Run().MustExit(1);
        JsonElement line = Parse(File.ReadLines(_directory["log.json"]).Last());
        Assert.Equal("error", line.GetProperty("level").GetString());
        Assert.Contains(message, line.GetProperty("msg").GetString(), StringComparison.Ordinal);
    }

    private void AwaitStopped() => Eventually.True(() => Status() == ("stopped", 0), Place.Deadline(10), () => Status().ToString());

    private string SleepingProcess() => _directory.WriteFile("process.json", """{"terminal":false,"user":{"uid":0,"gid":0},"args":["/bin/sleep","1000"],"env":["PATH=/bin"],"cwd":"/"}""");

    private int Pid(string file) => int.Parse(File.ReadAllText(_directory[file]), CultureInfo.InvariantCulture);

    private IEnumerable<int> Pids() => Parse(Call("ps", "--format", "json", _id).Stdout).EnumerateArray().Select(p => p.GetInt32()).Order();

    private (string?, int) Status()
    {
        JsonElement state = Parse(Call("state", _id).Stdout);
        return (state.GetProperty("status").GetString(), state.GetProperty("pid").GetInt32());
    }

    private CommandResult Call(params string[] words) => new Command(Cctl.Executable, [.. _options, .. words]).Run().MustSucceed();

    // The guest inherits the streams: a pipe that the test reads would stay open with it.
    private void Detached(params string[] words) =>
        Command.Run("/bin/sh", ["-c", "exec \"$@\" </dev/null >/dev/null 2>/dev/null", "sh", Cctl.Executable, .. _options, .. words]).MustSucceed();

    private static JsonElement Parse(string text)
    {
        using var json = JsonDocument.Parse(text);
        return json.RootElement.Clone();
    }
}
