using Integration.Tests.Harness;
using OciSpec;

namespace Integration.Tests.ContainerHooks;

/// <summary>config.md, "POSIX-platform Hooks", and runtime.md, "Lifecycle".</summary>
[HostOnly]
public sealed class HookTests : IDisposable
{
    private readonly TempDir _out = new();
    private readonly Cctl _cctl = new();
    private readonly string _id = Cctl.NewId();

    public void Dispose()
    {
        _cctl.Dispose();
        _out.Dispose();
    }

    [Fact]
    public void All_kinds_run_once_in_the_order_of_the_lifecycle()
    {
        using Bundle bundle = WithHooks(new Hooks
        {
            Prestart = [Log("prestart 1"), Log("prestart 2")],
            CreateRuntime = [Log("createRuntime 1"), Log("createRuntime 2")],
            CreateContainer = [Log("createContainer")],
            StartContainer = [GuestLog("startContainer")],
            Poststart = [Log("poststart")],
            Poststop = [Log("poststop 1"), Log("poststop 2")],
        });
        Do("create", "--bundle", bundle.Path, _id);
        Assert.Equal(["prestart 1", "prestart 2", "createRuntime 1", "createRuntime 2", "createContainer"], Lines());
        Do("start", _id);
        Assert.Equal(["startContainer", "poststart"], Lines()[5..]);
        End();
        Do("delete", _id);
        Assert.Equal(["poststop 1", "poststop 2"], Lines()[7..]);
    }

    [Fact]
    public void Run_runs_them_all_too()
    {
        using Bundle bundle = WithHooks(new Hooks
        {
            CreateRuntime = [Log("createRuntime")],
            CreateContainer = [Log("createContainer")],
            StartContainer = [GuestLog("startContainer")],
            Poststart = [Log("poststart")],
            Poststop = [Log("poststop")],
        }).With(c => c.Process!.Args = ["/bin/true"]);
        Do("run", "--bundle", bundle.Path, _id);
        Assert.Equal(["createContainer", "createRuntime", "poststart", "poststop", "startContainer"], Lines().Order(StringComparer.Ordinal));
        Assert.Equal(["createRuntime", "createContainer"], Lines()[..2]);
        Assert.Equal("poststop", Lines()[^1]);
    }

    [Theory]
    [InlineData("prestart", "creating")]
    [InlineData("createRuntime", "creating")]
    [InlineData("createContainer", "creating")]
    [InlineData("startContainer", "created")]
    [InlineData("poststart", "running")]
    [InlineData("poststop", "stopped")]
    public void The_state_is_on_standard_input(string kind, string status)
    {
        using Bundle bundle = WithHooks(Only(kind, Shell("cat >/out/state", kind)), c => c.Annotations = new() { ["key"] = "value" });
        Do("create", "--bundle", bundle.Path, _id);
        Do("start", _id);
        int pid = Pid();
        End();
        Do("delete", _id);
        ContainerState state = ConfigFile.ParseState(File.ReadAllBytes(_out["state"]));
        Assert.Equal((_id, bundle.Path, "1.3.0"), (state.Id, state.Bundle, state.OciVersion));
        Assert.Equal("value", state.Annotations!["key"]);
        Assert.Contains(state.Status, kind is "startContainer" ? [status, "creating"] : (string[])[status]);
        if (kind != "poststop")
        {
            Assert.Equal(pid, state.Pid);
        }
    }

    [Theory]
    [InlineData("prestart", false)]
    [InlineData("createRuntime", false)]
    [InlineData("createContainer", true)]
    [InlineData("startContainer", true)]
    [InlineData("poststart", false)]
    [InlineData("poststop", false)]
    public void A_hook_runs_in_the_namespaces_of_its_kind(string kind, bool inGuest)
    {
        using Bundle bundle = WithHooks(Only(kind, Shell("readlink /proc/self/ns/uts >/out/uts; readlink /proc/self/ns/mnt >/out/mnt", kind)));
        Do("create", "--bundle", bundle.Path, _id);
        Do("start", _id);
        string uts = Read($"/proc/{Pid()}/ns/uts"), mounts = Read($"/proc/{Pid()}/ns/mnt");
        End();
        Do("delete", _id);
        Assert.Equal(inGuest ? uts : Read("/proc/self/ns/uts"), File.ReadAllText(_out["uts"]).Trim());
        Assert.Equal(inGuest ? mounts : Read("/proc/self/ns/mnt"), File.ReadAllText(_out["mnt"]).Trim());
    }

    [Theory]
    [InlineData("prestart")]
    [InlineData("createContainer")]
    [InlineData("startContainer")]
    [InlineData("poststop")]
    public void A_hook_has_its_own_environment_and_arguments(string kind)
    {
        Hook hook = Shell("env >/out/env; echo $0 $1 >>/out/env", kind);
        hook.Args = ["sh", hook.Args![1], hook.Args[2], "zero", "first"];
        hook.Env = ["ONE=1", "PATH=/bin:/usr/bin"];
        using Bundle bundle = WithHooks(Only(kind, hook));
        Do("create", "--bundle", bundle.Path, _id);
        Do("start", _id);
        End();
        Do("delete", _id);
        string[] lines = File.ReadAllLines(_out["env"]);
        Assert.Contains("ONE=1", lines);
        Assert.Equal("zero first", lines[^1]);
        Assert.DoesNotContain(lines, l => l.StartsWith("HOME=", StringComparison.Ordinal) || l.StartsWith("LANG=", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    public void A_failing_hook_stops_the_creation_and_nothing_stays(string kind)
    {
        Hooks hooks = Only(kind, Shell("exit 7", kind), Shell("echo second >>/out/log", kind));
        hooks.Poststop = [Log("poststop")];
        using Bundle bundle = WithHooks(hooks);
        CommandResult result = _cctl.Run("create", "--bundle", bundle.Path, _id);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"/hooks/{kind}/0: run /bin/sh: exit status 7", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(["poststop"], Lines());
        Assert.NotEqual(0, _cctl.Run("state", _id).ExitCode);
        Do("create", "--bundle", bundle.With(c => c.Hooks = null).Path, _id);
    }

    [Fact]
    public void A_failing_startContainer_hook_fails_start_and_destroys_the_container()
    {
        Hooks hooks = Only("startContainer", Shell("echo why >&2; exit 7", "startContainer"));
        hooks.Poststop = [Log("poststop")];
        using Bundle bundle = WithHooks(hooks, c => c.Process!.Args = ["/bin/touch", "/out/ran"]);
        Do("create", "--bundle", bundle.Path, _id);
        CommandResult result = _cctl.Run("start", _id);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("/hooks/startContainer: a hook failed: exit status 7: why", result.Stderr, StringComparison.Ordinal);
        Assert.False(File.Exists(_out["ran"]));
        Assert.Equal(["poststop"], Lines());
        Assert.NotEqual(0, _cctl.Run("state", _id).ExitCode);
    }

    [Fact]
    public void A_failing_poststop_hook_is_only_logged()
    {
        using Bundle bundle = WithHooks(Only("poststop", Shell("exit 7", "poststop"), Log("second")));
        Do("create", "--bundle", bundle.Path, _id);
        CommandResult result = Do("delete", "--force", _id);
        Assert.Contains("/hooks/poststop/0", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(["second"], Lines());
        Assert.NotEqual(0, _cctl.Run("state", _id).ExitCode);
    }

    [Theory]
    [InlineData("prestart")]
    [InlineData("createContainer")]
    public void A_hook_past_its_timeout_is_killed(string kind)
    {
        Hook hook = Shell("echo $$ >/out/pid; exec sleep 1000", kind);
        hook.Timeout = 1;
        using Bundle bundle = WithHooks(Only(kind, hook));
        CommandResult result = _cctl.Run("create", "--bundle", bundle.Path, _id);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"/hooks/{kind}/0: run /bin/sh: ETIMEDOUT: the hook took longer than its timeout and was killed", result.Stderr, StringComparison.Ordinal);
        Assert.Empty(Lines());
    }

    [Fact]
    public void A_hook_that_does_not_exist_is_named()
    {
        using Bundle bundle = WithHooks(Only("prestart", new Hook { Path = "/nowhere/hook" }));
        CommandResult result = _cctl.Run("create", "--bundle", bundle.Path, _id);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("/hooks/prestart/0: run /nowhere/hook: ENOENT: no such file or directory", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void CreateContainer_sees_the_guests_mounts_below_the_hosts_paths()
    {
        using Bundle bundle = WithHooks(new Hooks());
        bundle.With(c =>
        {
            c.Mounts!.Add(new Mount { Destination = "/mnt", Type = "tmpfs", Source = "tmpfs" });
            c.Hooks = Only("createContainer", Shell($"stat -f -c %T {bundle.Rootfs}/proc >>/out/log 2>&1; ls {_out.Path} >/dev/null && echo host >>/out/log", "createContainer"));
        });
        Do("create", "--bundle", bundle.Path, _id);
        Assert.Equal("host", Lines()[^1]);
    }

    private Bundle WithHooks(Hooks hooks, Action<RuntimeConfig>? change = null) => new Bundle("/bin/sleep", "1000").With(c =>
    {
        c.Hooks = hooks;
        c.Mounts!.Add(new Mount { Destination = "/out", Source = _out.Path, Options = ["bind"] });
        change?.Invoke(c);
    });

    private static Hooks Only(string kind, params Hook[] hooks) => new()
    {
        Prestart = kind == "prestart" ? [.. hooks] : null,
        CreateRuntime = kind == "createRuntime" ? [.. hooks] : null,
        CreateContainer = kind == "createContainer" ? [.. hooks] : null,
        StartContainer = kind == "startContainer" ? [.. hooks] : null,
        Poststart = kind == "poststart" ? [.. hooks] : null,
        Poststop = kind == "poststop" ? [.. hooks] : null,
    };

    private Hook Log(string line) => Shell($"echo {line} >>{_out["log"]}", "");

    private static Hook GuestLog(string line) => new() { Path = "/bin/sh", Args = ["sh", "-c", $"echo {line} >>/out/log"], Env = ["PATH=/bin"] };

    // Only startContainer sees /out: to all others the directory has the host's name.
    private Hook Shell(string script, string kind) => new()
    {
        Path = "/bin/sh",
        Args = ["sh", "-c", kind == "startContainer" ? script : script.Replace("/out", _out.Path, StringComparison.Ordinal)],
        Env = ["PATH=/usr/bin:/bin"],
    };

    private string[] Lines() => File.Exists(_out["log"]) ? File.ReadAllLines(_out["log"]) : [];

    private CommandResult Do(params string[] arguments) => _cctl.Run(arguments).MustSucceed();

    private ContainerState State() => ConfigFile.ParseState(System.Text.Encoding.UTF8.GetBytes(Do("state", _id).Stdout));

    private int Pid() => State().Pid ?? 0;

    private void End()
    {
        Do("kill", _id, "KILL");
        Eventually.True(() => State().Status == "stopped", Place.Deadline(10), () => "not stopped after SIGKILL");
    }

    private static string Read(string link) => new FileInfo(link).LinkTarget!;
}
